"""A Temporal service by its /metrics: `build_information` in every way of writing it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.config import MetricsTarget
from agent.model.observation import Node
from agent.model.vocabulary import Reason
from agent.probes import Probe, ProbeError, open_probe
from agent.probes.parsing.build_information import is_build_information, node
from tests.laws import law
from tests.probes.reading import facts, failure, within
from tests.probes.servers import Answer, Loopback, Pages, requests

RECORDED = Path(__file__).parent / "recorded"

# As Temporal 1.31.2 with tally writes it.
TALLY = """\
# HELP build_information build_information gauge
# TYPE build_information gauge
build_information{build_date="2026_08_20T00_00_00Z",build_platform="linux_amd64",build_version="1_31_2",\
git_revision="unknown",go_arch="amd64",go_version="go1_26_8",service_name="frontend"} 0
build_information{build_date="2026_08_20T00_00_00Z",build_platform="linux_amd64",build_version="1_31_2",\
git_revision="unknown",go_arch="amd64",go_version="go1_26_8",service_name="history"} 1
"""


def opened(server: Loopback) -> Probe:
    return open_probe("temporal_metrics", MetricsTarget(url=f"http://{server.address}/metrics"))


def nodes(text: str) -> tuple[Node, ...]:
    with Pages(Answer(text.encode())) as server:
        probe = opened(server)
        found = facts(probe)
        probe.close()
    assert found.component == "temporal"
    return found.nodes


def reason(text: str | bytes) -> Reason:
    with Pages(Answer(text.encode() if isinstance(text, str) else text)) as server:
        probe = opened(server)
        found = failure(probe).reason
        probe.close()
    return found


def test_every_service_of_a_process_is_a_node() -> None:
    go = "go1.26.8"
    assert nodes(TALLY) == (
        Node("1.31.2", service="frontend", toolchain=go),
        Node("1.31.2", service="history", toolchain=go),
    )


@law(
    [
        (
            'build_information{build_version="1.31.2",service_name="history"} 1',
            Node("1.31.2", service="history"),
        ),
        (
            'build_information{build_version="1_31_2",service_name="history"} 0',
            Node("1.31.2", service="history"),
        ),
        ('build_information{build_version="v1.31.2"} 1', Node("v1.31.2")),
        ('build_information{build_version="1_32_0_rc_1"} 1', Node("1.32.0.rc.1")),
        ('build_information{build_version="1.31.2_custom"} 1', Node("1.31.2_custom")),
        ('build_information{build_version="my_build"} 1', Node("my_build")),
        (
            'build_information{build_version="1.31.2",temporal_service="worker"} 1',
            Node("1.31.2", service="worker"),
        ),
        (
            'build_information{build_version="1.31.2",service_name="_tag_excluded_"} 1',
            Node("1.31.2"),
        ),
        ('build_information{build_version="1.31.2"} NaN 1790000000000', Node("1.31.2")),
        ('acme_temporal_build_information{build_version="1.31.2"} 1', Node("1.31.2")),
        ('build_information { build_version = "1.31.2" } 1', Node("1.31.2")),
        ('build_information{build_version="1.31.2",} 1', Node("1.31.2")),
        ('build_information{build_version="1.31.2"} 1\r', Node("1.31.2")),
        ('build_information{x="\\"} build_information{",build_version="1.31.2"} 1', Node("1.31.2")),
    ],
)
def test_a_version_is_read_however_it_is_written(series: str, expected: Node) -> None:
    assert nodes(f"{series}\n") == (expected,)


@law(
    [
        "",
        "build_information 1",
        'build_information{service_name="history"} 1',
        'build_information{build_version="",service_name="history"} 1',
        'build_information{build_version="_tag_excluded_"} 1',
        'rebuild_information{build_version="1.31.2"} 1',
        'build_information_total{build_version="1.31.2"} 1',
        '# build_information{build_version="1.31.2"} 1',
        '# HELP build_information {build_version="1.31.2"}',
        'go_info{version="go1.26.8"} 1',
    ],
)
def test_what_has_no_version_of_temporal_is_not_a_series(series: str) -> None:
    assert reason(f"{series}\n") is Reason.NO_SERIES


def test_a_process_that_two_services_of_one_kind_share_is_one_node() -> None:
    line = 'build_information{build_version="1.31.2",service_name="history"} 1\n'
    assert nodes(line * 2) == (Node("1.31.2", service="history"),)


def test_the_metric_is_found_among_others_and_without_a_newline_at_the_end() -> None:
    before = 'go_info{version="go1.26.8"} 1\nrequests{operation="a b{c}"} 7\n'
    assert nodes(before + TALLY + 'zzz{build_version="0.0.1"} 1') == nodes(TALLY)
    assert nodes(before + TALLY.rstrip("\n")) == nodes(TALLY)


def test_a_help_line_that_looks_like_a_series_is_not_one() -> None:
    text = "# HELP acme_build_information {a}\n# TYPE acme_build_information gauge\nacme_"
    assert nodes(text + 'build_information{build_version="1.31.2"} 1\n') == (Node("1.31.2"),)


@pytest.mark.parametrize("text", ["<!doctype html>\n<p>{hello}</p>\n", "\x00" * 1000, '{"a": 1}\n'])
def test_what_is_not_an_exposition_has_no_series(text: str) -> None:
    assert reason(text) is Reason.NO_SERIES


def test_a_broken_series_is_a_bad_answer() -> None:
    assert reason('build_information{build_version="1.31.2"} one\n') is Reason.BAD_ANSWER
    assert reason('build_information{build_version="1.31.2",\t="x"} 1\n') is Reason.BAD_ANSWER


def test_an_answer_without_a_line_is_not_an_exposition() -> None:
    assert reason("a" * 200_000) is Reason.BAD_ANSWER


def test_bytes_that_are_not_text_harm_nothing() -> None:
    with Pages(Answer(b'\xff\xfe{x="\xff"} 1\nbuild_information{build_version="1.31.2\xff"} 1\n')) as server:
        probe = opened(server)
        assert facts(probe).nodes == (Node("1.31.2\ufffd"),)
        probe.close()


class Huge:
    """An exposition that never ends, with the series that count somewhere in it."""

    def __init__(self, *, before: int) -> None:
        self.sent = 0
        self._before = before

    def pieces(self) -> Iterator[bytes]:
        line = b'requests{operation="StartWorkflowExecution",namespace="default"} 123456\n' * 1000
        for _ in range(self._before):
            yield line
        yield TALLY.encode()
        while True:
            yield line

    def __call__(self, connection: socket.socket) -> None:
        next(requests(connection))
        connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        for piece in self.pieces():
            connection.sendall(piece)
            self.sent += len(piece)


def test_a_huge_exposition_is_read_no_further_than_needed() -> None:
    huge = Huge(before=100)
    with Loopback(huge) as server, within(3.0):
        probe = opened(server)
        assert facts(probe, timeout=3.0).nodes == nodes(TALLY)
        probe.close()
    # What had left before the reader hung up stands in the buffers of two sockets.
    assert huge.sent < 25_000_000


def test_an_exposition_is_given_up_in_time() -> None:
    huge = Huge(before=10_000_000)
    with Loopback(huge) as server, within(2.0):
        probe = opened(server)
        assert failure(probe, timeout=0.3).reason in (Reason.TIMEOUT, Reason.ANSWER_TOO_LARGE)
        probe.close()


def test_no_honest_server_has_so_many_replicas_behind_one_address() -> None:
    many = "".join(f'build_information{{build_version="1.31.{patch}"}} 1\n' for patch in range(30_000))
    assert reason(many) is Reason.ANSWER_TOO_LARGE


def test_dots_that_tally_wrote_as_underscores_come_back() -> None:
    assert node({"build_version": "1_31_2"}) == node({"build_version": "1.31.2"})


@given(prefix=st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True))
def test_any_prefix_may_precede_the_name(prefix: str) -> None:
    assert is_build_information(f"{prefix}_build_information")
    assert not is_build_information(f"build_information_{prefix}")


_PIECES = (
    "build_information",
    "{",
    "}",
    "build_version",
    "=",
    '"',
    "1.31.2",
    ",",
    " ",
    "\n",
    "\\",
    "#",
    "1",
    "é",
    "\t",
)


@settings(deadline=None, max_examples=80)
@given(pieces=st.lists(st.sampled_from(_PIECES), max_size=25).map("".join))
def test_any_text_gives_facts_or_a_probe_error(pieces: str) -> None:
    with Pages(Answer(f"build_information{{{pieces}".encode())) as server:
        probe = opened(server)
        try:
            assert probe.read(2.0).nodes
        except ProbeError as error:
            assert error.failure.reason in (Reason.BAD_ANSWER, Reason.NO_SERIES)  # noqa: PT017 - either is right
        finally:
            probe.close()


@pytest.mark.parametrize(
    ("name", "services"),
    [
        ("tally", {"frontend", "history", "matching", "worker"}),
        ("otel", {"frontend", "history", "matching", "worker"}),
        # The services but one are masked there, so they can't be told apart.
        ("prefixed", {"", "history"}),
    ],
)
def test_expositions_recorded_from_a_real_server_are_read(name: str, services: set[str]) -> None:
    found = nodes((RECORDED / f"{name}.txt").read_text())
    assert {entry.service for entry in found} == services
    assert {entry.version for entry in found} == {"1.24.2"}
    assert len(found) == len(services)


@law([(Answer(b"", 404), Reason.NOT_IMPLEMENTED), (Answer(b"<html>"), Reason.NO_SERIES)])
def test_a_url_without_a_path_is_corrected_in_the_message(answer: Answer, reason: Reason) -> None:
    with Pages(answer) as server:
        probe = open_probe("temporal_metrics", MetricsTarget(url=f"http://{server.address}/"))
        found = failure(probe)
        probe.close()
    assert found.reason is reason
    assert found.text.endswith(f"Temporal serves its metrics at http://{server.address}/metrics")
