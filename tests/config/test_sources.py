"""Changes of the files that a configuration was read from."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from agent.config import ConfigError, load_config
from agent.config.sources import Sources, find, record_file, recording
from tests.laws import law

CLUSTER = "{name: a, temporal: {frontend: 'a:7233'}, persistence: {sqlite: {path: a.db}}}"


def configuration(folder: Path) -> Path:
    """A folder with a configuration, a cluster file and one of Temporal's own files."""
    (folder / "clusters").mkdir()
    (folder / "clusters" / "a.yaml").write_text(CLUSTER)
    (folder / "dynamic.yaml").write_text("frontend.rps: [{value: 1}]")
    path = folder / "agent.yaml"
    path.write_text("cluster_files: ['clusters/*.yaml']")
    return path


def replace_like_kubernetes(folder: Path) -> None:
    """The kubelet writes a new folder and swaps a symbolic link (pkg/volume/util/atomic_writer.go)."""
    file = folder / "clusters" / "a.yaml"
    content = file.read_bytes()
    (folder / "next").mkdir()
    (folder / "next" / "a.yaml").write_bytes(content)
    file.unlink()
    file.symlink_to(folder / "next" / "a.yaml")


def touch_alike(folder: Path) -> None:
    """The same size and the same time, but another file."""
    path = folder / "agent.yaml"
    times = path.stat()
    other = folder / "other"
    other.write_text(path.read_text())
    os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
    other.replace(path)


def put_a_folder(folder: Path) -> None:
    """Where a volume is mounted over a missing file."""
    (folder / "agent.yaml").unlink()
    (folder / "agent.yaml").mkdir()


CHANGES: dict[str, Callable[[Path], object]] = {
    "the configuration": lambda folder: (folder / "agent.yaml").write_text("interval: 30s"),
    "a cluster file": lambda folder: (folder / "clusters" / "a.yaml").write_text(CLUSTER + "\n"),
    "a new cluster file": lambda folder: (folder / "clusters" / "b.yaml").write_text(CLUSTER),
    "a cluster file less": lambda folder: (folder / "clusters" / "a.yaml").unlink(),
    "a ConfigMap": replace_like_kubernetes,
    "another file of the same size and time": touch_alike,
    "a folder in place of a file": put_a_folder,
}


@law(list(CHANGES))
def test_a_change_is_seen(change: str) -> None:
    with TemporaryDirectory() as folder:
        _see(Path(folder), CHANGES[change])


def _see(folder: Path, change: Callable[[Path], object]) -> None:
    path = configuration(folder)
    with recording() as sources:
        load_config(path)
    assert sources.look_again().are_unchanged(sources)
    change(folder)
    assert not sources.look_again().are_unchanged(sources)


def test_a_file_that_was_not_there_is_seen_when_it_comes(tmp_path: Path) -> None:
    path = tmp_path / "agent.yaml"
    path.write_text("server_config: docker.yaml")
    with recording() as sources, pytest.raises(ConfigError):
        load_config(path)
    (tmp_path / "docker.yaml").write_text("{}")
    assert not sources.look_again().are_unchanged(sources)


def test_a_file_that_is_not_read_changes_nothing(tmp_path: Path) -> None:
    path = configuration(tmp_path)
    with recording() as sources:
        load_config(path)
    (tmp_path / "notes.txt").write_text("x")
    assert sources.look_again().are_unchanged(sources)


def test_nothing_is_recorded_outside_a_recording(tmp_path: Path) -> None:
    with recording() as sources:
        pass
    record_file(tmp_path / "x")
    find(str(tmp_path / "*"))
    assert sources.are_unchanged(Sources())
