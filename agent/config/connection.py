"""What every connection in the configuration shares: secrets and TLS settings."""

from __future__ import annotations

from typing import Self, TypeVar

from pydantic import model_validator

from agent.config.fields import Model, Text
from agent.config.secret import Secret


def secret_of(variable: str | None, file: str | None) -> Secret | None:
    """The secret that a variable or a file holds; None if neither is set."""
    reference = variable or file
    return Secret(reference) if reference else None


_M = TypeVar("_M", bound=Model)


def at_most_one(model: _M, key: str) -> _M:
    """The model itself, after checking that a secret is set by a variable or by a file, not by both.

    Raises:
        ValueError: both keys are set.
    """
    if getattr(model, key) and getattr(model, f"{key}_file"):
        raise ValueError(f"set either {key} or {key}_file, not both")
    return model


class Tls(Model):
    """How a connection is encrypted. Without `ca_file` the system's certificate authorities are used.

    `verify`: check that the server has a certificate of these authorities for its name. If not, the
    connection is still encrypted.
    """

    ca_file: Text | None = None
    cert_file: Text | None = None
    key_file: Text | None = None
    server_name: Text | None = None
    verify: bool | None = None

    @property
    def verifies(self) -> bool:
        """Whether the server's certificate and name are checked; the default."""
        return self.verify is not False

    @model_validator(mode="after")
    def _pair(self) -> Self:
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("set both cert_file and key_file")
        return self
