"""What `plan` prints. `python -m tests.reports.test_plan` writes the golden files again."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest

from agent.model.vocabulary import Check, Reason, Role
from agent.reports import plan as plan_report
from agent.upgrade import Access, Blocker, Hop, Note, Plan, Planner, Step, StepKind, Toolbox
from tests.building import MATRIX
from tests.laws import law
from tests.upgrade.building import NOW, Stores, same
from tests.upgrade.test_route import release

GOLDEN = Path(__file__).parent / "golden"
FORMATS: dict[str, Callable[[Plan], str]] = {
    "txt": plan_report.as_text,
    "json": plan_report.as_json,
    "md": plan_report.as_markdown,
    "sh": plan_report.as_shell,
}


def planned(stores: Stores, start: str, target: str, tools: Toolbox) -> Plan:
    planner = Planner(MATRIX, stores.subject, stores.observations, NOW, tools)
    return planner.plan(release(start), release(target), stores.at(release(start)))


def free() -> Plan:
    """A change of plugin, on stores of which all is told."""
    tools = Toolbox(
        {
            Role.PERSISTENCE: Access(
                "db.local", 5432, "temporal", "agent", tls=True, ca_file="/tls/ca.pem", server_name="db"
            ),
            Role.VISIBILITY: Access("db.local", 5432, "temporal_visibility", "agent"),
        }
    )
    return planned(same("postgresql=13.4", "postgres"), "1.23.0", "1.24.3", tools)


def blocked() -> Plan:
    """Cassandra visibility, of which nothing is told."""
    return planned(same("cassandra=3.11.19"), "1.22.7", "1.25.2", Toolbox())


PLANS = {"free": free, "blocked": blocked}


@law(product(PLANS, FORMATS))
def test_a_plan_reads_as_it_did(name: str, ending: str) -> None:
    written = (GOLDEN / f"{name}.{ending}").read_text(encoding="utf-8")
    assert FORMATS[ending](PLANS[name]()) + "\n" == written


def test_a_blocked_plan_is_a_finding() -> None:
    assert plan_report.exit_code(blocked()) == 1
    assert plan_report.exit_code(free()) == 0


def test_the_document_has_what_others_rely_on() -> None:
    document = json.loads(plan_report.as_json(blocked()))
    assert {"from", "to", "blockers", "hops"} <= set(document)
    assert {"release", "blockers", "steps"} <= set(document["hops"][0])
    step = {"kind", "role", "to", "tool", "command", "note"}
    assert all(step <= set(one) for hop in document["hops"] for one in hop["steps"])
    assert [b["release"] for b in document["blockers"]] == ["1.24.3"]
    # All that stands in a hop's way, also what an earlier one met.
    assert [bool(hop["blockers"]) for hop in document["hops"]] == [False, True, True]


def test_the_text_has_each_blocker_once_with_the_hops_that_it_still_blocks() -> None:
    for text in (plan_report.as_text(blocked()), plan_report.as_markdown(blocked())):
        assert text.count("cannot use Cassandra for visibility") == 1
        assert text.count("BLOCKED") == 1
        assert "still blocked by the blockers of 1.24.3" in text


def test_an_empty_plan_says_so_in_each_format() -> None:
    empty = Plan("1.31.2", "1.31.2", ())
    for write in (plan_report.as_text, plan_report.as_markdown, plan_report.as_shell):
        assert "nothing to do" in write(empty)
    assert json.loads(plan_report.as_json(empty))["hops"] == []
    assert bash(plan_report.as_shell(empty)).returncode == 0


# The script


def bash(text: str, **env: str) -> subprocess.CompletedProcess[str]:
    return run(text, "", env)


def run(text: str, answers: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-s"] if not answers else ["bash", "-c", text],
        input=answers or text,
        env={"PATH": os.environ["PATH"], **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


@dataclass
class Bench:
    """Tools that do nothing but write down how they were called."""

    root: Path

    def tool(self, version: str, name: str, does: str = "exit 0") -> None:
        file = self.root / version / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(
            f'#!/bin/sh\necho "{version}:$PWD:$* by $SQL_PASSWORD" >> "{self.root}/log"\n{does}\n'
        )
        file.chmod(0o755)

    @property
    def calls(self) -> list[str]:
        log = self.root / "log"
        return log.read_text().splitlines() if log.exists() else []

    def run(self, plan: Plan, answers: str = "\n" * 99) -> subprocess.CompletedProcess[str]:
        secrets = {"PERSISTENCE_PASSWORD": "p w$d", "VISIBILITY_PASSWORD": "v"}
        return run(plan_report.as_shell(plan), answers, {"TEMPORAL_TOOLS": str(self.root), **secrets})


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    found = Bench(tmp_path)
    for version in ("1.23.1", "1.24.3"):
        found.tool(version, "temporal-sql-tool")
    return found


def test_a_script_is_bash() -> None:
    for make in PLANS.values():
        script = plan_report.as_shell(make())
        checked = subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True, check=False)
        assert (checked.returncode, checked.stderr) == (0, "")


def test_a_script_runs_each_command_with_its_releases_tool_in_its_folder(bench: Bench) -> None:
    ended = bench.run(free())
    assert (ended.returncode, ended.stderr) == (0, "")
    assert [call.split(":")[:2] for call in bench.calls] == [
        [version, str(bench.root / version)] for version in ("1.23.1", "1.24.3", "1.24.3")
    ]
    assert "--user agent --plugin postgres12" in bench.calls[1]
    # No process list shows the password.
    assert bench.calls[1].endswith(" by p w$d")
    assert ended.stdout.endswith("Done: Temporal 1.23.0 to 1.24.3, 2 hops, 11 steps.\n")
    # A second run does the same, and the tools skip what is done.
    assert bench.run(free()).returncode == 0
    assert bench.calls[:3] == bench.calls[3:]


def test_a_script_ends_at_the_first_error(bench: Bench) -> None:
    bench.tool("1.23.1", "temporal-sql-tool", "exit 3")
    assert bench.run(free()).returncode != 0
    assert len(bench.calls) == 1


@pytest.mark.parametrize("gone", ["1.23.1", "1.23.1/temporal-sql-tool", "1.24.3/temporal-sql-tool"])
def test_a_script_takes_no_other_releases_tool_in_place_of_one_that_is_missing(
    bench: Bench, gone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = bench.root / gone
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    monkeypatch.setenv("PATH", f"{bench.root / '1.24.3'}{os.pathsep}{os.environ['PATH']}")
    assert bench.run(free()).returncode != 0
    assert bench.calls == []


def test_a_script_waits_for_a_person_at_each_step_that_it_cannot_do(bench: Bench) -> None:
    pauses = [step for step in free().steps if not step.command]
    locking = [step for step in free().steps if step.blocks]
    assert len(locking) == 2
    # One more for the backup.
    number = 1 + len(pauses) + len(locking)
    assert bench.run(free(), "\n" * (number - 1)).returncode != 0
    assert bench.run(free(), "\n" * number).returncode == 0


def test_a_script_waits_for_the_backup_and_before_each_step_that_locks_or_rewrites(bench: Bench) -> None:
    asked = bench.run(free(), "no\n")
    assert "Back up every store, such as:" in asked.stdout
    assert "pg_dump" in asked.stdout
    assert bench.calls == []
    asked = bench.run(free(), "\nno\n")
    assert "reads and writes are blocked until it is done" in asked.stdout
    assert bench.calls == []


def test_the_plan_to_the_running_release_is_the_repair() -> None:
    stores, running = same("postgresql=15.4", "postgres12"), release("1.31.2")
    behind = stores.at(running).with_schema(Role.PERSISTENCE, "1.18")
    plan = stores.planner.plan(running, running, behind)
    (step,) = plan.steps
    assert (step.kind, step.role, step.to) == (StepKind.SCHEMA, Role.PERSISTENCE, "1.19")
    assert plan.blockers == ()


def test_a_plan_begins_with_a_table_of_what_changes() -> None:
    lines = plan_report.as_text(free()).splitlines()
    assert [line.split() for line in lines[2:6]] == [
        ["COMPONENT", "CURRENT", "TARGET"],
        ["Temporal", "server", "1.23.0", "1.24.3"],
        ["persistence", "schema", "(PostgreSQL)", "1.11", "1.12"],
        ["visibility", "schema", "(PostgreSQL)", "1.1", "1.6"],
    ]


@pytest.mark.parametrize("answers", ["no\n", "x"])
def test_a_script_ends_at_a_pause_that_is_not_answered(bench: Bench, answers: str) -> None:
    assert bench.run(free(), "\n\n" + answers).returncode != 0
    assert len(bench.calls) == 1


def test_a_script_asks_for_every_variable_before_it_does_anything(bench: Bench) -> None:
    script = plan_report.as_shell(free())
    for name in ("TEMPORAL_TOOLS", "PERSISTENCE_PASSWORD", "VISIBILITY_PASSWORD"):
        env = {"TEMPORAL_TOOLS": str(bench.root), "PERSISTENCE_PASSWORD": "p", "VISIBILITY_PASSWORD": "v"}
        del env[name]
        ended = run(script, "\n" * 99, env)
        assert ended.returncode != 0
        assert name in ended.stderr
    assert bench.calls == []


def test_a_script_runs_the_scripts_of_an_index_even_without_the_mode(bench: Bench) -> None:
    """1.26.3 has one that may not be executed by itself."""
    stores = Stores({Role.PERSISTENCE: "cassandra=3.11.19", Role.VISIBILITY: "elasticsearch=7.10.2"}, {})
    bench.tool("none", "curl")
    bench.tool("none", "jq", "cat > /dev/null")
    script = bench.root / "1.26.3/schema/elasticsearch/visibility/versioned/v8/upgrade.sh"
    script.parent.mkdir(parents=True)
    script.write_text(f'echo "$ES_SERVER:$ES_PORT $ES_VIS_INDEX_V1" >> "{bench.root}/log"\n')
    access = Access(url="http://es.local:9200", name="vis")
    plan = planned(stores, "1.25.2", "1.26.3", Toolbox({Role.VISIBILITY: access}))
    env = {"TEMPORAL_TOOLS": str(bench.root), "PATH": f"{bench.root}/none{os.pathsep}{os.environ['PATH']}"}
    ended = run(plan_report.as_shell(plan), "\n" * 9, env)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "http://es.local:9200/_template/temporal_visibility_v1_template" in bench.calls[0]
    assert [call for call in bench.calls if call.startswith("es.local")] == ["es.local:9200 vis"]


def test_a_script_goes_up_to_a_blocked_hop_and_not_into_it(bench: Bench) -> None:
    for version in ("1.23.1", "1.24.3", "1.25.2"):
        bench.tool(version, "temporal-cassandra-tool")
    names = ("HOST", "PORT", "USER", "PASSWORD", "KEYSPACE")
    env = {f"PERSISTENCE_{name}": "x" for name in names} | {"TEMPORAL_TOOLS": str(bench.root)}
    ended = run(plan_report.as_shell(blocked()), "\n" * 99, env)
    assert ended.returncode == 1
    assert "cannot use Cassandra for visibility" in ended.stderr
    assert [call.split(":")[0] for call in bench.calls] == ["1.23.1"]


def test_a_plan_runs_none_of_its_commands(bench: Bench) -> None:
    """Messages hold what servers wrote."""
    evil = "it's $(touch evil) `touch evil`\ntouch evil\n# "
    step = Step(StepKind.SERVER, Role.SERVER, "1.31.2", "", "", evil)
    notes = (Note(evil, evil),)
    stopped = Blocker("1.31.2", Role.SERVER, Check.VERSION, Reason.RELEASE_BROKEN, evil, evil)
    for blockers in ((), (stopped,)):
        script = plan_report.as_shell(Plan("1.30.6", "1.31.2", (Hop("1.31.2", blockers, (step,), notes),)))
        run(f"cd '{bench.root}'\n{script}", "\n" * 9, {})
        assert not (bench.root / "evil").exists()


def write() -> None:
    GOLDEN.mkdir(exist_ok=True)
    for name, make in PLANS.items():
        for ending, as_format in FORMATS.items():
            (GOLDEN / f"{name}.{ending}").write_text(as_format(make()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
