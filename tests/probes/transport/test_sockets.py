"""Where a name leads, and the time that is left for it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from agent.config import Tls
from agent.model.vocabulary import Reason
from agent.probes import ProbeError
from agent.probes.transport.sockets import places, seconds_left
from agent.probes.transport.tls import tls_context
from tests.probes.servers import TLS


def test_an_address_leads_to_itself() -> None:
    assert [place[4] for place in places("127.0.0.1", 9042)] == [("127.0.0.1", 9042)]


@pytest.mark.parametrize(
    ("host", "port", "reason"),
    [
        ("no.such.host.invalid", 9042, Reason.NAME_NOT_RESOLVED),
        ("a\0b", 9042, Reason.NAME_NOT_RESOLVED),
        ("a..b", 9042, Reason.NAME_NOT_RESOLVED),
        ("127.0.0.1", 0, Reason.BAD_ANSWER),
        ("127.0.0.1", 65536, Reason.BAD_ANSWER),
        ("127.0.0.1", -1, Reason.BAD_ANSWER),
    ],
)
def test_what_leads_nowhere_says_why(host: str, port: int, reason: Reason) -> None:
    with pytest.raises(ProbeError) as caught:
        places(host, port)
    assert caught.value.failure.reason is reason


def test_a_certificate_s_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert tls_context(Tls(ca_file=str(TLS / "ca.pem"))).check_hostname
    for tls in (
        Tls(ca_file=str(tmp_path / "none.pem")),
        Tls(cert_file=str(tmp_path / "none.pem"), key_file=str(tmp_path / "none.key")),
    ):
        with pytest.raises(ProbeError) as caught:
            tls_context(tls)
        assert caught.value.failure.reason is Reason.TLS_FAILED
        assert "none.pem" in caught.value.failure.text


def test_time_that_has_run_out_is_a_timeout() -> None:
    assert 0 < seconds_left(time.monotonic() + 5) <= 5
    with pytest.raises(TimeoutError):
        seconds_left(time.monotonic())
