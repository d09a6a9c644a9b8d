"""The Debian package, installed, upgraded, removed and purged by dpkg on a real Debian in a folder."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
import yaml

from agent import __version__
from agent.config import load_config
from deploy.deb import package
from deploy.release.commands import ReleaseError
from tests.commands import command
from tests.delivery.building import ROOT
from tests.delivery.contained import Container
from tests.delivery.machine import ENVIRONMENT, account, debian, unit_settings, users
from tests.integration.servers.commands import CommandError, UnavailableError, run, which
from tests.integration.servers.delivery_tools import wheels
from tests.integration.servers.requirement import require

NAME = package.NAME
EPOCH = "1700000000"
CONFIGURATION = f"/etc/{NAME}/agent.yaml"
SCRAPE = (
    "from urllib.request import urlopen; print(urlopen('http://127.0.0.1:17233/metrics').read().decode())"
)
#: What adduser and dpkg write for every package: backups, locks, logs, their own databases.
WRITTEN_ALWAYS = re.compile(
    r"/etc/(group|gshadow|passwd|shadow)-$|/(run|tmp|var/cache|var/lib/dpkg|var/log)(/|$)"
)


@pytest.fixture(name="deb", scope="module")
def _deb(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package of this checkout, from libraries in the cache."""
    return build(wheel, tmp_path_factory.mktemp("deb"))


@pytest.fixture(name="machine")
def _machine() -> Iterator[Path]:
    with ExitStack() as stack:
        yield require(partial(stack.enter_context, debian()))


def build(wheel: Path, target: Path, epoch: str = EPOCH) -> Path:
    require(lambda: which("dpkg-deb"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIP_NO_INDEX", "1")
        patch.setenv("PIP_FIND_LINKS", str(require(wheels)))
        return package.build(ROOT, wheel, target, __version__, epoch)


def dpkg(machine: Path, *arguments: str | Path) -> str:
    """The output of dpkg on the machine; it must succeed."""
    code, printed = try_dpkg(machine, *arguments)
    assert code == 0, printed
    return printed


def try_dpkg(machine: Path, *arguments: str | Path) -> tuple[int, str]:
    """Exit code and output of dpkg on the machine."""
    for each in arguments:
        if isinstance(each, Path):
            shutil.copy(each, machine / "tmp" / each.name)
    names = [f"/tmp/{each.name}" if isinstance(each, Path) else each for each in arguments]
    done = Container(machine, ENVIRONMENT, 0).run(["dpkg", *names])
    return done.returncode, done.stdout + done.stderr


def files(machine: Path) -> dict[str, tuple[int, int, int, str]]:
    """Mode, owner, group and target of every file of the machine."""
    found = {}
    for path in machine.rglob("*"):
        name = f"/{path.relative_to(machine)}"
        if not WRITTEN_ALWAYS.match(name):
            stat = path.lstat()
            found[name] = (
                stat.st_mode,
                stat.st_uid,
                stat.st_gid,
                os.readlink(path) if path.is_symlink() else "",
            )
    return found


def newer(deb: Path, folder: Path) -> Path:
    """The package with a higher version and another example; its libraries are left out."""
    folder.mkdir()
    run(["dpkg-deb", "--raw-extract", deb, folder / "tree"])
    control = folder / "tree" / "DEBIAN" / "control"
    control.write_text(control.read_text().replace(f"Version: {__version__}", f"Version: {__version__}.1"))
    example = folder / "tree" / CONFIGURATION[1:]
    example.write_text(example.read_text() + "# More.\n")
    shutil.rmtree(next((folder / "tree" / "usr" / "lib" / NAME / "lib").glob("*/site-packages")))
    run(["dpkg-deb", "-Znone", "--root-owner-group", "--build", folder / "tree", folder])
    (built,) = folder.glob("*.deb")
    return built


def test_it_installs_runs_upgrades_and_is_purged_without_a_trace(
    deb: Path, machine: Path, tmp_path: Path
) -> None:
    before, users_before = files(machine), users(machine)
    printed = dpkg(machine, "--install", deb)
    assert "warning" not in printed.lower(), printed
    added = set(files(machine)) - set(before)
    assert [name for name in added if name.endswith(".pyc")], "without bytecode every start takes seconds"
    assert {
        "/usr/bin/temporal-compat-agent",
        f"/etc/systemd/system/multi-user.target.wants/{NAME}.service",
    } <= added
    user, group = account(machine)
    configuration = (machine / CONFIGURATION[1:]).parent.stat()
    assert (configuration.st_mode & 0o777, configuration.st_uid, configuration.st_gid) == (0o750, 0, group)
    assert undeclared(machine, deb) == set()
    scraped, code = run_unit(machine, user, group, tmp_path)
    assert "temporal_compat_clusters 0" in scraped
    assert code == 0

    changed = machine / CONFIGURATION[1:]
    changed.write_text("clusters: [] # mine\n")
    dpkg(machine, "--force-confold", "--install", newer(deb, tmp_path / "newer"))
    assert changed.read_text() == "clusters: [] # mine\n"
    (changed.parent / "environment").write_text("PASSWORD=x\n")
    dpkg(machine, "--remove", NAME)
    left = set(files(machine)) - set(before)
    assert [
        name for name in left if name.startswith(f"/usr/lib/{NAME}") or name.endswith(f"/bin/{NAME}")
    ] == []
    assert {CONFIGURATION, f"/etc/{NAME}/environment"} <= left
    dpkg(machine, "--purge", NAME)
    after = files(machine)
    assert {
        name: after.get(name) for name in set(before) | set(after) if before.get(name) != after.get(name)
    } == {}
    assert users(machine) == users_before


def run_unit(machine: Path, user: int, group: int, folder: Path) -> tuple[str, int | None]:
    """Run the commands of the unit as its user; the metrics, and the exit code after SIGTERM."""
    settings = unit_settings(machine)
    assert settings["User"] == NAME
    container = Container(machine, ENVIRONMENT, user, group, read_only=True)
    checked = container.run(settings["ExecStartPre"].split())
    assert checked.returncode == 0, checked.stdout + checked.stderr
    process = container.process(folder, settings["ExecStart"].split())
    scrape = ["python3", "-c", SCRAPE]
    try:
        process.start(lambda: container.run(scrape, into=process.pid).returncode == 0)
        return container.run(scrape, into=process.pid).stdout, process.stop(timeout=10)
    finally:
        process.stop(kill=True)


def undeclared(machine: Path, deb: Path) -> set[str]:
    """Packages with libraries that those of the installed package load, and that it does not depend on."""
    container = Container(machine, ENVIRONMENT, 0, read_only=True)
    modules = [f"/{path.relative_to(machine)}" for path in (machine / "usr" / "lib" / NAME).rglob("*.so*")]
    needed = container.run(["ldd", *modules]).stdout
    assert len(modules) > 30
    assert "not found" not in needed
    # The loader uses either name of a merged /usr, dpkg only one.
    outside = {f"*{path}" for path in re.findall(r"=> (/\S+)", needed) if NAME not in path}
    owners = {line.split(":")[0] for line in container.run(["dpkg", "-S", *outside]).stdout.splitlines()}
    assert "libc6" in owners
    return owners - set(re.findall(r"[\w+.-]+", run(["dpkg-deb", "--field", deb, "Depends"])))


@pytest.mark.full
def test_debian_13_gets_a_package_from_python_3_13(tmp_path: Path, deb: Path) -> None:
    """Takes minutes: it installs the build's environment and downloads every library."""
    python = require(python_3_13)
    make: list[str | Path] = ["make", f"PYTHON={python}", f"VENV={tmp_path / 'venv'}"]
    run([*make, tmp_path / "venv" / ".run-installed"], cwd=ROOT)
    command: list[str | Path] = [tmp_path / "venv" / "bin" / "python", "-m", "deploy.deb"]
    built = Path(run([*command, "--dist", tmp_path / "dist"], cwd=ROOT).strip())
    with ExitStack() as stack:
        machine = require(partial(stack.enter_context, debian(3, 13)))
        refused, printed = try_dpkg(machine, "--install", deb)
        assert refused == 1
        assert f"depends on python3 (<< 3.{sys.version_info.minor + 1})" in printed
        dpkg(machine, "--install", built)
        assert undeclared(machine, built) == set()
        user, group = account(machine)
        scraped, code = run_unit(machine, user, group, tmp_path)
        assert "temporal_compat_clusters 0" in scraped
        assert code == 0


def python_3_13() -> Path:
    """The Python of Debian 13, by which its package is built."""
    python = which("python3.13")
    try:
        run([python, "--version"])
    except CommandError as error:  # a shim of pyenv for a version that is not selected
        raise UnavailableError(str(error)) from error
    return python


@pytest.mark.full
def test_the_command_writes_the_same_bytes_in_another_environment(wheel: Path, tmp_path: Path) -> None:
    """Takes half a minute: it builds the package twice."""
    epoch = run(["git", "log", "-1", "--format=%ct"], cwd=ROOT).strip()
    first = build(wheel, tmp_path / "first", epoch)
    other = {"TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "2"}
    other |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(require(wheels))}
    command = f"umask 077 && {sys.executable} -m deploy.deb --dist {tmp_path / 'second'}"
    printed = run(["sh", "-c", command], cwd=ROOT, env=other)
    second = tmp_path / "second" / first.name
    assert printed.strip() == str(second)
    assert second.read_bytes() == first.read_bytes()


def test_without_dpkg_it_says_where_to_build_it(
    wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        ReleaseError, match="dpkg-deb is missing: build the Debian package on Debian or Ubuntu"
    ):
        package.build(ROOT, wheel, tmp_path, __version__, EPOCH)


def test_the_example_is_valid_and_becomes_a_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = package.HERE / "agent.yaml"
    assert command("config", "check", str(example)).exit_code == 0
    head, _, commented = example.read_text().partition("clusters: []\n")
    assert head
    filled = tmp_path / "agent.yaml"
    filled.write_text("".join(line.removeprefix("#")[1:] for line in commented.splitlines(keepends=True)))
    monkeypatch.setenv("TEMPORAL_STORE_PASSWORD", "x")
    assert [cluster.name for cluster in load_config(filled).clusters] == ["orders-live"]
    assert yaml.safe_load(example.read_text()) == {"clusters": []}
