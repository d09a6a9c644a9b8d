"""A process without descriptors left accepts again once there are some."""

from __future__ import annotations

import contextlib
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.fleets import cluster, eventually, write_config
from tests.web.raw import HEALTHY, status, talk


@contextlib.contextmanager
def starved(tmp_path: Path, limit: int) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The program with so few descriptors, and its port."""
    config = write_config(tmp_path, [cluster(tmp_path, "a", "127.0.0.1:1")])
    program = f"{sys.executable} -m agent.cli run --config.file {config} --web.listen-address 127.0.0.1:0"
    with subprocess.Popen(
        ["sh", "-c", f"ulimit -n {limit}; exec {program}"], stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        ports = (re.search(r"msg=listening port=(\d+)", line) for line in process.stderr)
        port = next(int(found[1]) for found in ports if found)
        try:
            yield process, port
        finally:
            process.terminate()
            _, log = process.communicate(timeout=20)
    assert process.returncode == 0, log


def open_fds(process: subprocess.Popen[str]) -> int:
    return len(list(Path(f"/proc/{process.pid}/fd").iterdir()))


def test_a_process_without_descriptors_accepts_again_later(tmp_path: Path) -> None:
    with starved(tmp_path, 64) as (process, port):
        with contextlib.ExitStack() as clients:
            for _ in range(100):
                clients.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
            assert eventually(lambda: open_fds(process) >= 60, 10)
            assert process.poll() is None
        assert eventually(lambda: status(talk(port, HEALTHY)) == 200, 10)
