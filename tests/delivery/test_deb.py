"""The Debian package, installed, upgraded, removed and purged by dpkg on a real Debian in a folder."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from agent import __version__
from agent.config import load_config
from deploy.deb import package
from tests.commands import command
from tests.delivery.building import ROOT
from tests.delivery.contained import Container
from tests.integration.servers.commands import run, which
from tests.integration.servers.debian import debian_root, require_namespaces
from tests.integration.servers.delivery_tools import wheels
from tests.integration.servers.process import temporary_folder
from tests.integration.servers.requirement import require

NAME = package.NAME
EPOCH = "1700000000"
CONFIGURATION = f"/etc/{NAME}/agent.yaml"
SCRAPE = (
    "from urllib.request import urlopen; print(urlopen('http://127.0.0.1:17233/metrics').read().decode())"
)
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
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
    """The root file system of a Debian that a test may change."""
    require(require_namespaces)
    folder = temporary_folder("debian")
    try:
        run(["cp", "--archive", require(debian_root), folder / "root"])
        yield folder / "root"
    finally:
        shutil.rmtree(folder)


def build(wheel: Path, target: Path) -> Path:
    require(lambda: which("dpkg-deb"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIP_NO_INDEX", "1")
        patch.setenv("PIP_FIND_LINKS", str(require(wheels)))
        return package.build(ROOT, wheel, target, __version__, EPOCH)


def dpkg(machine: Path, *arguments: str | Path) -> str:
    """The output of dpkg on the machine; it must succeed."""
    for each in arguments:
        if isinstance(each, Path):
            shutil.copy(each, machine / "tmp" / each.name)
    names = [f"/tmp/{each.name}" if isinstance(each, Path) else each for each in arguments]
    done = Container(machine, ENVIRONMENT, 0).run(["dpkg", *names])
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


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


def users(machine: Path) -> list[str]:
    return (machine / "etc" / "passwd").read_text().splitlines()


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
    (line,) = set(users(machine)) - set(users_before)
    user, group = (int(each) for each in line.split(":")[2:4])
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
    unit = (machine / "usr" / "lib" / "systemd" / "system" / f"{NAME}.service").read_text()
    commands = dict(re.findall(r"^(ExecStart(?:Pre)?)=(.+)$", unit, re.MULTILINE))
    assert re.search(rf"^User={NAME}$", unit, re.MULTILINE)
    container = Container(machine, ENVIRONMENT, user, group, read_only=True)
    checked = container.run(commands["ExecStartPre"].split())
    assert checked.returncode == 0, checked.stdout + checked.stderr
    process = container.process(folder, commands["ExecStart"].split())
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
def test_two_builds_are_equal(
    deb: Path, wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setenv("LC_ALL", "C")
    old = os.umask(0o077)
    try:
        again = build(wheel, tmp_path / "again")
    finally:
        os.umask(old)
    assert (again.name, again.read_bytes()) == (deb.name, deb.read_bytes())


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
