"""The secrets that probes send: read again for each connection, never quoted."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from agent.config.redaction import IN_PROCESS, Redactor
from agent.config.secret import Secret, SecretUnreadableError
from agent.model.vocabulary import Reason
from agent.probes.base import ProbeError

#: Learns what the read that is under way sends.
_READ: ContextVar[Redactor | None] = ContextVar("secrets of this read", default=None)


@contextmanager
def remembering(redactor: Redactor) -> Iterator[None]:
    """While it lasts, this redactor learns every secret that this thread sends."""
    token = _READ.set(redactor)
    try:
        yield
    finally:
        _READ.reset(token)


def remember_url(url: str) -> None:
    """Mask the query of this address from now on: it may contain a signature or a token."""
    for redactor in _redactors():
        redactor.remember_url(url)


def read_secret(secret: Secret | None, key: str = "password") -> str:
    """The secret as it is now; empty where none is configured. `key` is the setting's name, for messages.

    Raises:
        ProbeError: its file or variable cannot be read.
    """
    if secret is None:
        return ""
    try:
        value = secret.read()
    except SecretUnreadableError as error:
        raise ProbeError(Reason.SECRET_UNREADABLE, f"{key}: {error}") from error
    if (redactor := _READ.get()) is not None:
        redactor.remember(value)
    return value


def read_header_secret(secret: Secret, key: str) -> str:
    """The same, for a secret that goes into a header as it is.

    Raises:
        ProbeError: it cannot be read, or holds characters that libraries would refuse and quote.
    """
    text = read_secret(secret, key)
    if not (text.isascii() and text.isprintable()):
        raise ProbeError(Reason.SECRET_UNREADABLE, f"{key}: holds characters that no header may hold")
    return text


def remember_login(user: str, password: str) -> None:
    """Mask this password, and the pair as a header has it, from now on."""
    for redactor in _redactors():
        redactor.remember_login(user, password)


def basic_login(user: str | None, secret: Secret) -> str:
    """The value of an Authorization header for this user and password (RFC 7617)."""
    password = read_secret(secret)
    remember_login(user or "", password)
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"


def _redactors() -> list[Redactor]:
    """Those that must learn what is sent: of this read, and of the process."""
    return [redactor for redactor in (_READ.get(), IN_PROCESS) if redactor is not None]
