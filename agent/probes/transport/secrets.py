"""The secrets that probes send: read again for each connection, never quoted."""

from __future__ import annotations

from base64 import b64encode

from agent.config.secret import Secret, SecretUnreadableError
from agent.model.vocabulary import Reason
from agent.probes.base import ProbeError


def read_secret(secret: Secret | None, key: str = "password") -> str:
    """The secret as it is now; empty where none is configured. `key` is the setting's name, for messages.

    Raises:
        ProbeError: its file or variable cannot be read.
    """
    if secret is None:
        return ""
    try:
        return secret.read()
    except SecretUnreadableError as error:
        raise ProbeError(Reason.SECRET_UNREADABLE, f"{key}: {error}") from error


def read_header_secret(secret: Secret, key: str) -> str:
    """The same, for a secret that goes into a header as it is.

    Raises:
        ProbeError: it cannot be read, or holds characters that libraries would refuse and quote.
    """
    text = read_secret(secret, key)
    if not (text.isascii() and text.isprintable()):
        raise ProbeError(Reason.SECRET_UNREADABLE, f"{key}: holds characters that no header may hold")
    return text


def basic_login(user: str | None, secret: Secret) -> str:
    """The value of an Authorization header for this user and password (RFC 7617)."""
    pair = f"{user}:{read_secret(secret)}"
    return f"Basic {b64encode(pair.encode()).decode()}"
