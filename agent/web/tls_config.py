"""`--web.config.file`: TLS and users of the HTTP side, in the format of Prometheus' exporters.

The format is prometheus/exporter-toolkit's (docs/web-configuration.md). Of it: a certificate, certificates of
clients, the least version of TLS, and users with bcrypt hashes.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from agent.config.document import read
from agent.config.errors import ConfigError, Problem, in_words
from agent.config.fields import Model, Text
from agent.config.section import Part

_VERSIONS = {"TLS12": ssl.TLSVersion.TLSv1_2, "TLS13": ssl.TLSVersion.TLSv1_3}


class TlsServer(Model):
    """How connections are encrypted. With `RequireAndVerifyClientCert` clients show a certificate, too."""

    cert_file: Text
    key_file: Text
    client_ca_file: Text | None = None
    client_auth_type: Literal["NoClientCert", "RequireAndVerifyClientCert"] = "NoClientCert"
    min_version: Literal["TLS12", "TLS13"] = "TLS12"

    @model_validator(mode="after")
    def _authority(self) -> Self:
        if (self.client_ca_file is not None) != (self.client_auth_type != "NoClientCert"):
            raise ValueError("client_ca_file and client_auth_type RequireAndVerifyClientCert belong together")
        return self


class WebConfig(Model):
    """The whole file. Without TLS and users, everybody may read."""

    tls_server_config: TlsServer | None = None
    basic_auth_users: Mapping[str, str] = Field(default_factory=dict)

    @field_validator("basic_auth_users")
    @classmethod
    def _hashes(cls, users: Mapping[str, str]) -> Mapping[str, str]:
        import bcrypt

        for user, hashed in users.items():
            if not user or ":" in user:
                raise ValueError("a user has a name without a colon")
            try:
                bcrypt.checkpw(b"", hashed.encode())
            except ValueError:
                raise ValueError(f"what stands beside {user} is no bcrypt hash (htpasswd -nBC 10)") from None
        return users


def load_web_config(path: Path) -> WebConfig:
    """Read and validate the file. Paths in it are relative to it.

    Raises:
        ConfigError: with every error in it.
    """
    document = read(path)
    data = {} if document.data is None else document.data
    try:
        config = WebConfig.model_validate(_absolute(data, path.parent))
    except ValidationError as error:
        part = Part(document, (), data)
        raise ConfigError(
            document.problems
            + [
                part.problem(tuple(item["loc"]), in_words(item["type"], item["msg"]))
                for item in error.errors(include_url=False, include_input=False)
            ]
        ) from None
    if document.problems:
        raise ConfigError(document.problems)
    return config


def server_context(tls: TlsServer, file: str) -> ssl.SSLContext:
    """A context for the server, whose certificate is read again once its files have changed.

    Raises:
        ConfigError: a file can't be read, or holds something else; it names `file`.
    """
    try:
        return _Rotating(tls).context
    except (OSError, ssl.SSLError) as error:
        text = f"{getattr(error, 'strerror', None) or error}"
        raise ConfigError([Problem(file, 0, "tls_server_config", text)]) from error


class _Rotating:
    """The context in use. A new one takes over at the first handshake after its files have changed."""

    def __init__(self, tls: TlsServer) -> None:
        self._tls = tls
        self._seen = self._changed()
        self.context = self._current = self._make()
        self.context.sni_callback = self._hello

    def _changed(self) -> tuple[int, ...]:
        files = (self._tls.cert_file, self._tls.key_file, self._tls.client_ca_file)
        return tuple(Path(file).stat().st_mtime_ns for file in files if file)

    def _make(self) -> ssl.SSLContext:
        tls = self._tls
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = _VERSIONS[tls.min_version]
        context.load_cert_chain(tls.cert_file, tls.key_file)
        if tls.client_ca_file:
            context.load_verify_locations(tls.client_ca_file)
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    def _hello(self, connection: Any, _name: str | None, _context: ssl.SSLContext) -> None:
        # Files that are being replaced may not fit together yet; the certificate before goes on till they do.
        try:
            seen = self._changed()
            if seen != self._seen:
                self._current, self._seen = self._make(), seen
        except (OSError, ssl.SSLError):
            pass
        connection.context = self._current


def _absolute(data: Any, folder: Path) -> Any:
    tls = data.get("tls_server_config") if isinstance(data, dict) else None
    if not isinstance(tls, dict):
        return data
    paths = {
        key: str(folder / value) if key.endswith("_file") and isinstance(value, str) and value else value
        for key, value in tls.items()
    }
    return {**data, "tls_server_config": paths}
