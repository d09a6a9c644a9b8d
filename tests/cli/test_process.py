"""Addresses to listen on, and a process that strangers attack. More of it is in tests/integration."""

from __future__ import annotations

import re
import socket
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from agent.cli.process import ListenError, listen, url_of
from tests.fleets import cluster, frontend, write_config
from tests.laws import law
from tests.probes.http2_server import frame, to_each_request
from tests.probes.servers import Loopback
from tests.web.raw import HEALTHY, flood, status, talk


def connects(host: str, sock: socket.socket) -> bool:
    with socket.create_connection((host, sock.getsockname()[1]), timeout=2):
        return True


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_host_and_port_are_listened_on(host: str) -> None:
    with listen(f"{host}:0") as sock:
        assert sock.family is socket.AF_INET
        assert connects("127.0.0.1", sock)


def test_a_host_in_brackets_is_ipv6() -> None:
    with listen("[::1]:0") as sock:
        assert sock.family is socket.AF_INET6
        assert connects("::1", sock)
        assert url_of(sock) == f"http://[::1]:{sock.getsockname()[1]}"


def test_the_ipv6_address_of_all_interfaces_is_both_families_as_in_prometheus() -> None:
    with listen("[::]:0") as sock:
        assert connects("::1", sock)
        assert connects("127.0.0.1", sock)
        assert url_of(sock) == f"http://localhost:{sock.getsockname()[1]}"


def test_a_name_that_has_only_an_ipv6_address_is_listened_on(monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *args, **more: real("::1" if host == "agent6" else host, *args, **more),
    )
    monkeypatch.setattr(socket, "create_server", lambda address, *, family, backlog: (address, family))
    asked: object = listen("agent6:17233")
    assert asked == (("agent6", 17233), socket.AF_INET6)


def test_a_port_that_just_became_free_can_be_listened_on() -> None:
    with listen("127.0.0.1:0") as sock:
        port = sock.getsockname()[1]
        connects("127.0.0.1", sock)
    with listen(f"127.0.0.1:{port}") as again:
        assert again.getsockname()[1] == port


@pytest.mark.parametrize(("has_both", "asked"), [(True, ("::", 17233)), (False, ("0.0.0.0", 17233))])
def test_without_a_host_the_agent_listens_on_all_addresses(
    monkeypatch: pytest.MonkeyPatch, has_both: bool, asked: tuple[str, int]
) -> None:
    seen: list[tuple[object, dict[str, object]]] = []
    with socket.socket() as unused:

        def create_server(address: object, **more: object) -> socket.socket:
            seen.append((address, more))
            return unused

        monkeypatch.setattr(socket, "has_dualstack_ipv6", lambda: has_both)
        monkeypatch.setattr(socket, "create_server", create_server)
        listen(":17233")
    assert [address for address, _ in seen] == [asked]
    assert bool(seen[0][1].get("dualstack_ipv6")) is has_both


@law(
    [
        *("", "17233", "127.0.0.1", "127.0.0.1:", ":http", "127.0.0.1:99999", "127.0.0.1:-1"),
        *("no-such-host.invalid:0", "::1:0", "." * 300 + ":1", "256.0.0.1:0"),
    ],
)
def test_a_listen_address_that_is_not_one_is_an_error(address: str) -> None:
    with pytest.raises(ListenError) as caught:
        listen(address)
    assert str(caught.value).startswith(f"cannot listen on {address}: ")


def test_a_port_in_use_is_an_error_message() -> None:
    with listen("127.0.0.1:0") as sock:
        address = f"127.0.0.1:{sock.getsockname()[1]}"
        with pytest.raises(ListenError, match="in use"):
            listen(address)


def peak_memory(pid: int) -> int:
    """The most memory that the process ever had, in megabytes."""
    found = re.search(r"^VmHWM:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert found
    return int(found[1]) // 1024


def test_a_request_head_without_an_end_costs_the_process_nothing(tmp_path: Path) -> None:
    with frontend() as server:
        config = write_config(tmp_path, [cluster(tmp_path, "orders-live", server.address)])
        command = [sys.executable, "-m", "agent.cli", "run", "--config.file", str(config)]
        command += ["--web.listen-address", "127.0.0.1:0"]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            try:
                assert process.stderr is not None
                ports = (re.search(r"msg=listening port=(\d+)", line) for line in process.stderr)
                port = next(int(found[1]) for found in ports if found)
                assert status(talk(port, HEALTHY)) == 200
                before = peak_memory(process.pid)
                refused = status(talk(port, b"GET / HTTP/1.1\r\nX: " + b"a" * (1 << 20)))
                gone = [flood(port, b"GET / HTTP/1.1\r\nX: ", b"a" * 65536, 1 << 30) for _ in range(20)]
                healthy = status(talk(port, HEALTHY))
                after = peak_memory(process.pid)
            finally:
                process.terminate()
            _, log = process.communicate(timeout=10)
    # Where the rest of the head is still on its way, the connection is reset before the answer is read.
    assert refused in (0, 400, 431)
    assert max(gone) < 50 << 20
    assert healthy == 200
    assert after - before < 30, (before, after)
    assert after < 150
    assert process.returncode == 0
    assert "Traceback" not in log


def goes_away(_stream: int) -> bytes:
    """GOAWAY with INTERNAL_ERROR (RFC 9113, 6.8): gRPC's core writes a line of its own about it."""
    return frame(7, 0, 0, struct.pack("!II", 0, 2) + b"bye")


def test_grpc_itself_writes_nothing_into_a_json_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GRPC_VERBOSITY", raising=False)
    with Loopback(to_each_request(goes_away)) as server:
        config = write_config(
            tmp_path, [cluster(tmp_path, "a", server.address)], timeout="2s", interval="4s", max_age="9s"
        )
        command = [sys.executable, "-m", "agent.cli", "run", "--config.file", str(config)]
        command += ["--web.listen-address", "127.0.0.1:0", "--log.format", "json", "--log.level", "debug"]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            lines: list[str] = []
            for line in process.stderr:
                lines.append(line)
                if "unreachable" in line:
                    break
            process.terminate()
            lines += process.communicate(timeout=20)[1].splitlines()
    assert [line for line in lines if not line.startswith("{")] == []
    assert any("unreachable" in line for line in lines)
