"""A change is taken in once the file stays as it is."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from agent.config import load_config
from agent.config.sources import recording
from agent.daemon.daemon import Daemon
from agent.daemon.file_watch import FileWatch
from tests.building import FROZEN
from tests.fleets import cluster, eventually, write_config


def test_a_change_counts_once_two_looks_saw_the_same(tmp_path: Path) -> None:
    path = tmp_path / "agent.yaml"
    path.write_text("interval: 30s")
    with recording() as sources:
        load_config(path)
    watch = FileWatch(sources)
    assert not watch.has_changed()
    path.write_text("interval:")
    assert not watch.has_changed()
    path.write_text("interval: 45s")
    assert not watch.has_changed()
    assert watch.has_changed()
    with recording() as sources:
        load_config(path)
    watch.use(sources)
    assert not watch.has_changed()


def test_the_daemon_takes_in_changed_files_and_keeps_bad_ones_out(tmp_path: Path) -> None:
    folder = tmp_path / "clusters"
    folder.mkdir()
    path = write_config(tmp_path, [], watch=True, cluster_files=["clusters/*.yaml"])
    one, other = (str(cluster(tmp_path, name, "127.0.0.1:1")) for name in ("one", "other"))
    (folder / "one.yaml").write_text(one)
    daemon = Daemon(path, FROZEN)
    assert daemon.names() == ("one",)
    stop = threading.Event()
    thread = threading.Thread(target=daemon.watch_files, args=(stop, 0.01))
    thread.start()
    try:
        (folder / "other.yaml").write_text(other)
        assert eventually(lambda: daemon.names() == ("one", "other"))
        entry = daemon.fleet.entries["one"]
        (folder / "one.yaml").write_text("{{{")
        assert eventually(lambda: daemon.state().cluster_files_rejected == 1)
        assert daemon.names() == ("one", "other")
        assert daemon.fleet.entries["one"] is entry
        assert not daemon.state().config_ok
        (folder / "one.yaml").write_text(one)
        assert eventually(lambda: daemon.state().config_ok)
        assert daemon.state().cluster_files_rejected == 0
        (folder / "other.yaml").unlink()
        assert eventually(lambda: daemon.names() == ("one",))
    finally:
        stop.set()
        thread.join()


def test_without_watch_nothing_is_reloaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_config(tmp_path, [cluster(tmp_path, "one", "127.0.0.1:1")])
    daemon = Daemon(path, FROZEN)
    path.write_text("clusters: []")
    looks = iter([False, False, False, True])
    stop = threading.Event()
    monkeypatch.setattr(stop, "wait", lambda _seconds: next(looks))
    daemon.watch_files(stop)
    assert daemon.names() == ("one",)
    assert daemon.reload() == ()
    assert daemon.names() == ()
