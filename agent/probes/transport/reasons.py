"""Why a connection or a request failed: exceptions, error numbers and states, each with its one reason."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

from agent.config.secret import SecretUnreadableError
from agent.model.vocabulary import Reason
from agent.probes.base import ProbeError

#: Exceptions of Python. The first entry that fits decides, so subclasses come before their parents.
_BY_TYPE: tuple[tuple[type[BaseException], Reason], ...] = (
    (SecretUnreadableError, Reason.SECRET_UNREADABLE),
    (TimeoutError, Reason.TIMEOUT),
    (socket.gaierror, Reason.NAME_NOT_RESOLVED),
    (ssl.SSLError, Reason.TLS_FAILED),
    (OSError, Reason.UNREACHABLE),
)

#: HTTP status codes of a refusal.
HTTP_STATUS = {
    401: Reason.AUTHENTICATION_FAILED,
    403: Reason.PERMISSION_DENIED,
    404: Reason.NOT_IMPLEMENTED,
    # Of a proxy that the agent is configured to use (`proxy_url`).
    407: Reason.AUTHENTICATION_FAILED,
    429: Reason.UNREACHABLE,
    # A frontend or Grafana without its database, a search node without a master, a proxy without a backend.
    **dict.fromkeys((502, 503, 504), Reason.STORE_UNAVAILABLE),
}

#: Status codes of gRPC by name, where the server has sent them.
GRPC_STATUS = {
    "DEADLINE_EXCEEDED": Reason.TIMEOUT,
    "RESOURCE_EXHAUSTED": Reason.UNREACHABLE,
    "UNAVAILABLE": Reason.STORE_UNAVAILABLE,
    "PERMISSION_DENIED": Reason.PERMISSION_DENIED,
    "UNAUTHENTICATED": Reason.AUTHENTICATION_FAILED,
    "UNIMPLEMENTED": Reason.NOT_IMPLEMENTED,
}

#: SQLSTATE of PostgreSQL (its manual, appendix "PostgreSQL Error Codes").
SQLSTATE = {
    "28P01": Reason.AUTHENTICATION_FAILED,
    "28000": Reason.AUTHENTICATION_FAILED,
    "3D000": Reason.DATABASE_MISSING,
    "42501": Reason.PERMISSION_DENIED,
    "42P01": Reason.SCHEMA_TABLE_MISSING,
    "57014": Reason.TIMEOUT,
    "57P04": Reason.DATABASE_MISSING,
}

#: The same by class, the first two characters, for codes that are not listed.
_SQLSTATE_CLASS = {
    "08": Reason.UNREACHABLE,
    "28": Reason.AUTHENTICATION_FAILED,
    # Too many connections, no memory, disk full.
    "53": Reason.UNREACHABLE,
    # Going down, coming up, in recovery, idle for too long.
    "57": Reason.UNREACHABLE,
}

_MYSQL_AUTHENTICATION = (1045, 1130, 1251, 1524, 1698, 1820, 1862, 2059, 2061, 3118, 3878, 4151)
#: Error numbers of server and driver (MySQL's and MariaDB's error message references).
MYSQL_ERRORS = {
    **dict.fromkeys(_MYSQL_AUTHENTICATION, Reason.AUTHENTICATION_FAILED),
    1044: Reason.PERMISSION_DENIED,
    1142: Reason.PERMISSION_DENIED,
    1143: Reason.PERMISSION_DENIED,
    1049: Reason.DATABASE_MISSING,
    1146: Reason.SCHEMA_TABLE_MISSING,
    **dict.fromkeys((1205, 1317, 1969, 3024), Reason.TIMEOUT),
    **dict.fromkeys((2026, 3159), Reason.TLS_FAILED),
    # Full, blocked, going down, lost.
    **dict.fromkeys((1040, 1041, 1053, 1129, 1135, 1203, 1226, 1927), Reason.UNREACHABLE),
    **dict.fromkeys((1152, *range(1158, 1162), 1184, 3168, 3169, 4031), Reason.UNREACHABLE),
    **dict.fromkeys((2002, 2003, 2006, 2013, 2055), Reason.UNREACHABLE),
}


def sqlstate_reason(state: str) -> Reason:
    """The reason for a SQLSTATE of PostgreSQL or of a pooler."""
    return SQLSTATE.get(state) or _SQLSTATE_CLASS.get(state[:2], Reason.BAD_ANSWER)


def cql_reason(code: int) -> Reason:
    """The reason for an error code of CQL (native protocol v4, section 9)."""
    if code == 0x2100:
        return Reason.PERMISSION_DENIED
    # From 0x1000 on nodes are down, slow or busy; from 0x2000 on the query is wrong.
    return Reason.STORE_UNAVAILABLE if 0x1000 <= code < 0x2000 else Reason.BAD_ANSWER


def probe_error(error: Exception) -> ProbeError:
    """The failure that this exception means. Other types come from a reader that cannot parse an answer."""
    if isinstance(error, ProbeError):
        return error
    reason = next((reason for kind, reason in _BY_TYPE if isinstance(error, kind)), None)
    if reason is None:
        return ProbeError(Reason.BAD_ANSWER, f"{type(error).__name__}: {error}")
    return ProbeError(reason, error_text(error))


def error_text(error: BaseException) -> str:
    """What the operating system or OpenSSL says, without Python's decoration."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"CERTIFICATE_VERIFY_FAILED: {error.verify_message}"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error and those that led to it, at most ten. Libraries wrap what the system says several times."""
    for _ in range(10):
        yield error
        inner = getattr(error, "reason", None) or error.__cause__ or error.__context__
        if not isinstance(inner, BaseException) and error.args:
            inner = error.args[-1]
        if not isinstance(inner, BaseException):
            return
        error = inner


def readable(data: bytes, most: int = 200) -> str:
    """The first `most` bytes of an answer, for messages; a note where they are not text."""
    text = data[:most].decode(errors="replace")
    if all(character.isprintable() or character.isspace() for character in text) and "\ufffd" not in text:
        return text
    return f"{len(data)} bytes of binary data"
