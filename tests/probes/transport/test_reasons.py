"""Exceptions, numbers and states, each with its reason."""

from __future__ import annotations

import socket
import ssl

import pytest

from agent.config.secret import SecretUnreadableError
from agent.model.vocabulary import Reason
from agent.probes import ProbeError
from agent.probes.transport.reasons import causes, cql_reason, probe_error, readable


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (SecretUnreadableError("x"), Reason.SECRET_UNREADABLE),
        (TimeoutError("x"), Reason.TIMEOUT),
        (socket.gaierror(-2, "Name or service not known"), Reason.NAME_NOT_RESOLVED),
        (ssl.SSLError(1, "x"), Reason.TLS_FAILED),
        (ConnectionRefusedError(111, "Connection refused"), Reason.UNREACHABLE),
        (KeyError("x"), Reason.BAD_ANSWER),
        (ProbeError(Reason.NO_SERIES, "x"), Reason.NO_SERIES),
    ],
)
def test_an_exception_has_one_reason(error: Exception, reason: Reason) -> None:
    assert probe_error(error).failure.reason is reason


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (0x2100, Reason.PERMISSION_DENIED),
        (0x1001, Reason.STORE_UNAVAILABLE),
        (0x2200, Reason.BAD_ANSWER),
        (0x000A, Reason.BAD_ANSWER),
    ],
)
def test_a_code_of_cql_has_one_reason(code: int, reason: Reason) -> None:
    assert cql_reason(code) is reason


def test_the_system_s_error_is_found_behind_those_of_libraries() -> None:
    error = RuntimeError("wrapped", ValueError("again"))
    error.args[1].__cause__ = ConnectionRefusedError(111, "Connection refused")
    assert [type(cause) for cause in causes(error)] == [RuntimeError, ValueError, ConnectionRefusedError]


def test_an_error_that_is_its_own_cause_ends() -> None:
    error = RuntimeError("x")
    error.args = (error,)
    assert len(list(causes(error))) == 10


def test_what_is_not_text_is_not_shown() -> None:
    assert readable(b"no such page") == "no such page"
    assert readable("Ärger".encode()) == "Ärger"
    assert readable(b"\x15\x03\x01\x00\x02\x02F") == "7 bytes of binary data"
    assert readable(b"\xff\xfe") == "2 bytes of binary data"
