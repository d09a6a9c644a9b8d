"""The wheel and the sdist: the same bytes from the same source, and complete without the checkout."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email.parser import HeaderParser
from pathlib import Path

from agent import __version__, mixin
from agent.web.runbooks import runbooks
from tests.commands import command
from tests.delivery.building import ROOT, build

METADATA = f"temporal_compat_agent-{__version__}.dist-info/METADATA"


def test_a_copy_with_other_times_and_modes_and_the_sdist_give_the_same_bytes(
    built: list[Path], tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    # As the build sees them: new files too, and none that .gitignore names.
    git = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(git, cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, copy / name, follow_symlinks=False)
        if (copy / name).is_symlink():
            continue
        (copy / name).chmod(0o600 | (ROOT / name).stat().st_mode & 0o100)
    other = {"PYTHONHASHSEED": "2", "TZ": "Asia/Tokyo"}
    again = build(tmp_path / "again", "sdist", "wheel", source=copy, environment=other)
    assert [path.name for path in again] == [path.name for path in built]
    assert len(built) == 2
    assert [
        path.name for path, new in zip(built, again, strict=True) if path.read_bytes() != new.read_bytes()
    ] == []
    wheel, archive = built
    with tarfile.open(archive) as packed:
        packed.extractall(tmp_path, filter="data")
    (rebuilt,) = build(tmp_path / "wheel", "wheel", source=tmp_path / archive.name.removesuffix(".tar.gz"))
    assert rebuilt.read_bytes() == wheel.read_bytes()


def test_the_metadata_say_what_it_is_and_every_file_is_inside(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        metadata = HeaderParser().parsestr(archive.read(METADATA).decode())
    assert (metadata["Name"], metadata["Version"]) == ("temporal-compat-agent", __version__)
    assert (metadata["Requires-Python"], metadata["License-Expression"]) == (">=3.11", "MIT")
    licences = {
        METADATA.replace("METADATA", f"licenses/{file}") for file in ("LICENSE", "agent/matrix/data/NOTICE")
    }
    assert licences <= names
    classifiers = metadata.get_all("Classifier", [])
    assert "Operating System :: POSIX :: Linux" in classifiers
    assert not [name for name in classifiers if name.startswith("License ::")], "PEP 639 forbids both"
    assert f"temporal_compat_agent-{__version__}.data/data/share/man/man1/temporal-compat-agent.1" in names
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / "agent").rglob("*") if path.is_file()}
    assert {name for name in files - names if "__pycache__" not in name} == set()
    assert {name.split("/")[0] for name in names} == {
        "agent",
        f"temporal_compat_agent-{__version__}.dist-info",
        f"temporal_compat_agent-{__version__}.data",
    }


#: Commands that read files of the package, in one process: a start takes most of their time.
COMMANDS = (
    ["rules"],
    ["rules", "--format", "prometheusrule"],
    ["rules", "--format", "helm"],
    ["rules", "--format", "alertmanager"],
    ["matrix", "list"],
    ["matrix", "show", "1.31"],
    ["explain", "schema_behind"],
    ["check", "--server", "1.31.2", "--plugin", "postgres12", "--persistence", "postgresql=15.4"],
    [
        "plan",
        "--from",
        "1.30.6",
        "--to",
        "1.31.2",
        "--persistence",
        "postgresql=15.4",
        "--plugin",
        "postgres12",
    ],
)
RUN_ALL = """
import json, sys
from click.testing import CliRunner
import agent
from agent.cli import cli
from agent.web.runbooks import runbooks
assert agent.__file__.startswith(sys.prefix), agent.__file__
done = [CliRunner().invoke(cli, arguments) for arguments in json.loads(sys.argv[1])]
print(json.dumps([runbooks(), *((each.exit_code, each.stdout) for each in done)]))
"""


def test_the_installed_commands_find_their_files_without_the_checkout(
    environment: Path, tmp_path: Path
) -> None:
    python: list[str | Path] = [
        environment / "bin" / "python",
        "-c",
        RUN_ALL,
        json.dumps([*COMMANDS, ["dashboards", "boards"]]),
    ]
    done = subprocess.run(python, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    served, *found, (code, _) = json.loads(done.stdout)
    assert served == runbooks()
    for arguments, (code_there, printed) in zip(COMMANDS, found, strict=True):
        here = command(*arguments)
        assert (arguments, code_there, printed) == (arguments, here.exit_code, here.stdout)
    written = {file.name: file.read_text(encoding="utf-8") for file in (tmp_path / "boards").iterdir()}
    assert (code, written) == (0, mixin.dashboards())


def test_a_missing_driver_is_reported_with_a_command_that_pip_accepts(
    environment: Path, wheel: Path, tmp_path: Path
) -> None:
    (tmp_path / "pymysql.py").write_text("raise ModuleNotFoundError(name='pymysql')\n")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from agent.config import MySql\n"
        "from agent.probes import ProbeError, open_probe\n"
        "try: open_probe('mysql', MySql(host='127.0.0.1', port=1, database='temporal', user='agent'))\n"
        "except ProbeError as error: print(error.failure.text)\n"
    )
    done = subprocess.run(
        [environment / "bin" / "python", "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout.startswith("the driver pymysql is not installed: pip install ")
    *_, requirement = shlex.split(done.stdout)
    assert requirement == f"temporal-compat-agent[mysql] @ {wheel.as_uri()}"
    report = tmp_path / "report.json"
    pip: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        environment,
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]
    options: list[str | Path] = [
        "--no-deps",
        "--no-index",
        "--ignore-installed",
        "--dry-run",
        "--report",
        report,
    ]
    subprocess.run([*pip, *options, requirement], check=True, cwd=tmp_path, capture_output=True)
    (planned,) = json.loads(report.read_text())["install"]
    assert (planned["metadata"]["name"], planned["requested_extras"]) == ("temporal-compat-agent", ["mysql"])
