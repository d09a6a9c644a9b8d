"""The command line: what it takes, what it prints, and how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from agent import __version__
from tests.building import MATRIX
from tests.commands import answer, command, document
from tests.laws import law
from tests.matrix_sources import bundles

GOOD = (
    "check",
    "--server",
    "1.31.2",
    "--persistence",
    "postgresql=15.4",
    "--visibility",
    "postgresql=15.4",
    "--plugin",
    "postgres12",
    "--schema",
    "persistence=1.19",
    "--schema",
    "visibility=1.14",
)


def cold(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The program in a process of its own."""
    program = [sys.executable, "-m", "agent.cli", *arguments]
    return subprocess.run(program, capture_output=True, text=True, check=False, timeout=60)


# Check, without network


def test_a_good_combination_is_fine() -> None:
    code, read = document(*GOOD)
    assert (code, read["verdict"], read["would_start"]) == (0, "supported", True)
    (cluster,) = read["clusters"]
    assert cluster["temporal_cluster"] == "given"
    assert (cluster["verdict"], cluster["would_start"]) == ("supported", True)
    keys = {"role", "check", "component", "verdict", "reason", "message", "source", "waived"}
    assert all(keys <= set(entry) for entry in cluster["checks"])
    assert all(entry["source"] for entry in cluster["checks"])
    assert cluster["probes"] == []
    assert cluster["taken"] is None


def test_the_text_says_the_same() -> None:
    result = command(*GOOD, "-v")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0] == "given: supported"
    assert lines[1].startswith("  would start: yes (")
    assert any(line.startswith("  supported    persistence schema") for line in lines)


@law(
    [
        (GOOD[:3], 1, "unsupported", False),
        ((*GOOD[:7], "--schema", "persistence=1.19"), 3, "unknown", None),
        ((*GOOD[:-1], "visibility=1.13"), 1, "unsupported", False),
        ((*GOOD[:4], "postgresql=17.2", *GOOD[5:]), 0, "untested", True),
        ((*GOOD[:4], "postgresql=12.2", *GOOD[5:]), 1, "unsupported", True),
        ((*GOOD[:4], "postgresql=banana", *GOOD[5:]), 3, "unknown", True),
        ((*GOOD[:8], "postgres", *GOOD[9:]), 1, "unsupported", False),
        ((*GOOD[:2], "1.31.99", *GOOD[3:]), 3, "unknown", True),
        ((*GOOD[:2], "0.29.0", *GOOD[3:]), 3, "unknown", None),
        ((*GOOD[:2], "1.31.3", *GOOD[3:]), 0, "supported", True),
        ((*GOOD[:2], "1.30.0", *GOOD[3:]), 1, "unsupported", True),
        ((*GOOD, "--monitoring", "prometheus=1.0"), 0, "supported", True),
    ],
)
def test_exit_codes(arguments: tuple[str, ...], code: int, verdict: str, would_start: bool | None) -> None:
    found, read = document(*arguments)
    assert (found, read["verdict"], read["would_start"]) == (code, verdict, would_start)


def test_plugins_and_schemas_apply_to_the_store_that_they_name() -> None:
    _, read = document(
        *(
            "check",
            "--server",
            "1.20.4",
            "--persistence",
            "postgresql=13.5",
            "--visibility",
            "postgresql=13.5",
        ),
        *("--plugin", "persistence=postgres", "--plugin", "visibility=postgres12"),
        *("--schema", "persistence=1.9", "--schema", "visibility=1.1"),
    )
    told = {
        schema["role"]: (schema["plugin"], schema["version"]) for schema in read["clusters"][0]["schemas"]
    }
    assert told == {"persistence": ("postgres", "1.9"), "visibility": ("postgres12", "1.1")}
    schema = answer(read, "visibility", "schema")
    assert schema is not None
    assert schema["reason"] == "schema_behind"


@law(
    [
        ("check",),
        ("check", "--persistence", "postgresql=15"),
        ("check", "--cluster", "orders"),
        ("check", "--server", "1.31.2", "--config.file", "agent.yaml"),
        ("check", "--server", "1.31.2", "--cluster", "orders"),
        ("check", "--config.file", "agent.yaml", "--schema", "persistence=1.19"),
        ("check", "--config.file", "agent.yaml", "--multi-datacenter"),
        ("check", "--server", "banana"),
        ("check", "--server", ""),
        ("check", "--server", "1" * 10_000),
        ("check", "--server", "1.31.2", "--persistence", "postgresql"),
        ("check", "--server", "1.31.2", "--persistence", ""),
        ("check", "--server", "1.31.2", "--persistence", "oracle=19"),
        ("check", "--server", "1.31.2", "--monitoring", "grafana=7"),
        ("check", "--server", "1.31.2", "--persistence", "postgresql=15", "--plugin", "nope"),
        ("check", "--server", "1.31.2", "--persistence", "postgresql=15", "--plugin", "search=postgres12"),
        ("check", "--server", "1.31.2", "--schema", "1.19"),
        ("check", "--server", "1.31.2", "--schema", "persistence=1.19"),
        (*GOOD, "--schema", "persistence=1.18"),
        (*GOOD, "--format", "yaml"),
        ("matrix", "show", "1.99.0"),
        ("matrix", "show"),
        ("matrix", "find"),
        ("matrix", "find", "--component", "postgresql"),
        ("matrix", "find", "--component", "postgresql=banana"),
        ("matrix", "find", "--component", "oracle=19"),
        ("matrix", "find", "--component", "postgresql=12", "--role", "search"),
        ("matrix", "find", "--component", "postgresql=12", "--plugin", "mysql8"),
        ("matrix", "find", "--component", "kafka=2.1.1", "--plugin", "mysql8"),
        ("matrix", "find", "--component", "postgresql=12", "--verdict", "fine"),
        ("matrix", "export", "--format", "renovate"),
        ("matrix", "export", "--server", "1.99"),
        ("matrix", "find", "postgresql"),
        ("matrix", "find", "postgresql=12", "--component", "postgresql=12"),
        ("matrix", "find", "postgresql=12", "--sources"),
        ("matrix", "find", "--server", "1.29"),
        ("matrix", "find", "postgresql", "--server", "1.99"),
        ("matrix", "find", "postgresql", "--server", ""),
        ("matrix", "find", "postgresql=12", "--server", "1.29"),
        ("matrix", "find", "oracle", "--server", "1.29"),
        ("matrix", "find", "postgresql", "--server", "1.29", "--role", "visibility"),
        ("matrix", "find", "postgresql", "--server", "1.29", "--verdict", "untested"),
        ("nonsense",),
    ],
)
def test_wrong_use_ends_with_2_and_says_why(arguments: tuple[str, ...]) -> None:
    result = command(*arguments)
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1].startswith("Error: ")
    assert result.stdout == ""
    assert len(result.stderr) < 2_000


def test_a_process_of_its_own_ends_with_the_same_codes() -> None:
    good = cold(*GOOD, "--format", "json")
    assert (good.returncode, good.stderr) == (0, "")
    assert json.loads(good.stdout)["verdict"] == "supported"
    assert cold("check", "--server", "1.31.2").returncode == 1
    assert cold("check", "--server", "1.31.99", *GOOD[3:]).returncode == 3
    wrong = cold("check", "--server", "banana")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "'banana' is not a Temporal version" in wrong.stderr
    assert cold("--version").stdout == f"temporal-compat-agent, version {__version__}\n"


def test_without_network_nothing_is_loaded_that_only_the_network_or_a_configuration_needs() -> None:
    drivers = ("grpc", "temporalio", "psycopg", "sqlalchemy", "requests")
    heavy = (*drivers, "pydantic", "yaml", "starlette", "apscheduler")
    program = (
        "import sys\n"
        "from agent.cli import cli\n"
        f"for arguments in ({list(GOOD)!r}, ['matrix', 'show', '1.31.2']):\n"
        "    try:\n"
        "        cli.main(arguments, standalone_mode=False)\n"
        "    except SystemExit:\n"
        "        pass\n"
        f"print([name for name in {heavy} if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_configuration_that_is_wrong_or_not_there_ends_with_2(tmp_path: Path) -> None:
    file = tmp_path / "agent.yaml"
    for arguments in (("check", "--config.file", str(file)), ("config", "check", str(file))):
        done = cold(*arguments)
        assert done.returncode == 2
        assert done.stderr.endswith("1 error in the configuration\n")


# The matrix


def test_matrix_list_has_every_release_once() -> None:
    code, read = document("matrix", "list")
    assert code == 0
    releases = {entry["release"]: entry for entry in read["releases"]}
    assert len(releases) == len(read["releases"])
    assert next(iter(releases)) == "1.0.0"
    assert releases["1.11.0"]["reported_version"] == "1.10.0"
    assert releases["1.31.2"]["published"] == "2026-07-07"
    assert releases["1.31.2"]["schema"]["mysql/v8"] == {"default": "1.19", "visibility": "1.14"}
    lines = command("matrix", "list").output.splitlines()
    assert len(lines) == len(releases) + 1
    assert [line.split()[0] for line in lines[1:]] == list(releases)


def test_matrix_list_says_how_old_the_matrix_is() -> None:
    _, read = document("matrix", "list")
    newest = MATRIX.releases.all[-1].name
    assert (read["published"], read["newest_release"]) == (str(MATRIX.published), newest)
    head = command("matrix", "list").output.splitlines()[0]
    assert head.endswith(f"  [matrix of {MATRIX.published}, up to {newest}]")


def test_matrix_list_has_releases_that_were_not_read(tmp_path: Path) -> None:
    bundle = bundles.write(tmp_path, bundles.with_known("1.31.3"))
    _, read = document("matrix", "list", "--matrix.file", str(bundle))
    (found,) = [entry for entry in read["releases"] if entry["release"] == "1.31.3"]
    assert read["not_read"] == ["1.31.3"]
    assert found | {"was_read": False, "reported_version": None, "schema": {}} == found


def test_matrix_show_has_the_promised_keys() -> None:
    code, read = document("matrix", "show", "1.31.2")
    assert code == 0
    assert (read["release"], read["reported_version"], read["index"]) == ("1.31.2", "1.31.2", 14)
    assert read["schema"] == {
        "cassandra": {"default": "1.13", "visibility": None},
        "mysql/v8": {"default": "1.19", "visibility": "1.14"},
        "postgresql/v12": {"default": "1.19", "visibility": "1.14"},
        "sqlite": {"default": "0.11", "visibility": "0.1"},
    }
    for ranges in read["components"].values():
        assert all({"versions", "verdict", "source"} <= set(entry) for entry in ranges)
        assert all(entry["versions"] for entry in ranges)
        assert all(entry["source"] or entry["verdict"] == "untested" for entry in ranges)
    assert document("matrix", "show", "v1.31.2")[1] == read
    assert document("matrix", "show", "1.0.0")[1]["index"] is None


def test_matrix_show_says_that_a_release_is_broken() -> None:
    _, read = document("matrix", "show", "1.21.0")
    (entry,) = read["broken"]
    assert entry["stores"] == {"visibility": ["mysql8"]}
    assert "\nbroken for visibility with mysql8: " in command("matrix", "show", "1.21.0").output
    assert document("matrix", "show", "1.31.2")[1]["broken"] == []


def test_matrix_show_in_text_has_a_line_for_every_cell() -> None:
    _, read = document("matrix", "show", "1.20.4")
    lines = command("matrix", "show", "1.20.4", "--sources").output.splitlines()
    for name, ranges in read["components"].items():
        rows = [line for line in lines if line.startswith(f"{name} ") and "  " in line]
        schema = sum(folder == name for folder in read["schema"])
        assert len(rows) == len(ranges) + schema


def test_matrix_find_prints_releases_and_in_text_their_ranges() -> None:
    _, read = document("matrix", "find", "--component", "kafka=2.1.1")
    assert read["releases"][0] == "1.0.0"
    assert read["releases"][-1] == "1.7.3"
    text = command("matrix", "find", "--component", "kafka=2.1.1").output.splitlines()
    assert text[0].startswith(f"kafka 2.1.1 for event_streaming is supported on {len(read['releases'])} of ")
    assert text[1:] == ["  1.0.0 to 1.7.3"]
    _, none = document("matrix", "find", "--component", "mariadb=10.11.6")
    assert (none["component"], none["releases"]) == ("mariadb", [])
    assert command("matrix", "find", "--component", "mariadb=10.11.6").output.startswith(
        "mariadb 10.11.6 for persistence and visibility is supported on none of"
        f" {len(MATRIX.releases.all)} releases\n"
    )


def test_a_minor_means_its_newest_patch() -> None:
    newest = [release.name for release in MATRIX.releases.all if release.minor == (1, 29)][-1]
    for arguments in (("show", "1.29"), ("show", "v1.29"), ("find", "mysql", "--server", "1.29")):
        text = command("matrix", *arguments).output
        assert text.startswith(f"Temporal {newest}, the newest patch of 1.29 in this matrix\n")
        _, read = document("matrix", *arguments)
        assert (read["release"], read["newest_patch_of"]) == (newest, "1.29")
    assert document("matrix", "show", newest)[1]["newest_patch_of"] is None
    _, relative = document("matrix", "find", "aurora-mysql", "--server", "1.29")
    assert [row["component"] for row in relative["supported"]] == ["aurora-mysql"]


def test_matrix_export_writes_one_release_or_all_of_them() -> None:
    one = json.loads(command("matrix", "export", "--server", "1.29").output)
    assert [each["release"].rpartition(".")[0] for each in one["releases"]] == ["1.29"]
    every = json.loads(command("matrix", "export").output)
    assert len(every["releases"]) == len(MATRIX.releases.all)
    preset = json.loads(command("matrix", "export", "--server", "1.29", "--format", "renovate").output)
    assert all(rule["allowedVersions"] for rule in preset["packageRules"])
    assert json.loads(command("matrix", "export", "--format", "schema").output)["title"] == "ExportDocument"


def test_the_argument_of_matrix_find_is_its_component() -> None:
    asked = ("matrix", "find", "postgresql=12.5")
    assert document(*asked) == document("matrix", "find", "--component", "postgresql=12.5")


def test_matrix_find_by_role_plugin_and_verdict() -> None:
    asked = ("matrix", "find", "--component", "postgresql=12.5")
    _, both = document(*asked)
    _, visibility = document(*asked, "--role", "visibility")
    assert set(both["releases"]) < set(visibility["releases"])
    _, plugin = document(*asked, "--role", "visibility", "--plugin", "postgres12")
    assert plugin["releases"][0] == "1.20.0"
    _, refused = document(*asked, "--verdict", "unsupported")
    assert {"1.0.0", "1.31.2"} <= set(refused["releases"])
    assert not set(refused["releases"]) & set(both["releases"])


def test_matrix_sources_counts_what_rests_on_each() -> None:
    _, read = document("matrix", "sources")
    assert [entry["source"] for entry in read["sources"]] == sorted(
        entry["source"] for entry in read["sources"]
    )
    assert all(entry["statements"] + entry["cells"] > 0 for entry in read["sources"])
    lines = command("matrix", "sources").output.splitlines()
    assert len(lines) == len(read["sources"]) + 1
