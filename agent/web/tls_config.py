"""`--web.config.file`: TLS, users, headers and a rate limit, in the format of Prometheus' exporters.

The format is prometheus/exporter-toolkit's (docs/web-configuration.md). A key of it that this server cannot
honour is refused with the reason, so that nobody believes in a protection that is not there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError, field_validator, model_validator

from agent.config.document import read
from agent.config.errors import ConfigError, in_words
from agent.config.fields import Duration, Model, Text
from agent.config.section import Part
from agent.web.cipher_suites import TLS12_SUITES, TLS13_SUITES, openssl_ciphers

Version = Literal["TLS12", "TLS13"]

#: Keys of the format that are known and not honoured: the reason for each.
_REFUSED_TLS = {
    "cert": "a certificate in the file itself is not supported; write its path as cert_file",
    "key": "a key in the file itself is not supported; write its path as key_file",
    "client_ca": "a certificate in the file itself is not supported; write its path as client_ca_file",
    "curve_preferences": "not supported: Python's TLS takes no list of curves",
}

_HEADERS = (
    "Content-Security-Policy",
    "X-Frame-Options",
    "X-Content-Type-Options",
    "X-XSS-Protection",
    "Strict-Transport-Security",
)

_HASH = re.compile(r"\$2[aby]\$(\d\d)(\$[./A-Za-z0-9]{53})")


def _interval(value: Any) -> float:
    return 0.0 if value in ("0", "0s", 0) else TypeAdapter[float](Duration).validate_python(value)


class TlsServer(Model):
    """How connections are encrypted. With `RequireAndVerifyClientCert` clients show a certificate, too."""

    cert_file: Text
    key_file: Text
    client_ca_file: Text | None = None
    client_auth_type: Literal["NoClientCert", "RequireAndVerifyClientCert"] = "NoClientCert"
    client_allowed_sans: tuple[Text, ...] = ()
    min_version: Version = "TLS12"
    max_version: Version = "TLS13"
    cipher_suites: tuple[str, ...] = ()
    prefer_server_cipher_suites: bool = True

    @field_validator("cipher_suites")
    @classmethod
    def _known_suites(cls, suites: tuple[str, ...]) -> tuple[str, ...]:
        for suite in suites:
            if suite not in TLS12_SUITES and suite not in TLS13_SUITES:
                raise ValueError(
                    f"{suite!r} is not supported; write one of {', '.join(sorted(TLS12_SUITES))}"
                )
        return suites

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        verifies = self.client_auth_type != "NoClientCert"
        if (self.client_ca_file is not None) != verifies:
            raise ValueError("client_ca_file and client_auth_type RequireAndVerifyClientCert belong together")
        if self.client_allowed_sans and not verifies:
            raise ValueError("client_allowed_sans needs client_auth_type RequireAndVerifyClientCert")
        if self.min_version > self.max_version:
            raise ValueError("min_version is newer than max_version")
        if self.cipher_suites and self.min_version == "TLS12" and not openssl_ciphers(self.cipher_suites):
            raise ValueError("cipher_suites has none of TLS 1.2; add one, or write min_version: TLS13")
        return self

    @model_validator(mode="before")
    @classmethod
    def _refused(cls, data: Any) -> Any:
        for key, reason in _REFUSED_TLS.items():
            if isinstance(data, dict) and key in data:
                raise ValueError(f"{key}: {reason}")
        return data


class HttpServer(Model):
    """Headers that every answer has, in place of the agent's own of the same name."""

    http2: bool = False
    headers: Mapping[str, str] = Field(default_factory=dict)

    @field_validator("http2")
    @classmethod
    def _no_http2(cls, value: bool) -> bool:
        if value:
            raise ValueError("HTTP/2 is not supported; write false or leave it out")
        return value

    @field_validator("headers")
    @classmethod
    def _known_headers(cls, headers: Mapping[str, str]) -> Mapping[str, str]:
        for name, value in headers.items():
            if name not in _HEADERS:
                raise ValueError(f"{name!r} is not supported; write one of {', '.join(_HEADERS)}")
            if not (value.isascii() and value.isprintable()):
                raise ValueError(f"{name} must be of printable ASCII characters")
        return headers


class RateLimit(Model):
    """`burst` requests at once, and one more each `interval` seconds; 0: no limit."""

    interval: Annotated[float, BeforeValidator(_interval)]
    burst: int = Field(default=1, ge=1)


class WebConfig(Model):
    """The whole file. Without TLS and users, everybody may read."""

    tls_server_config: TlsServer | None = None
    http_server_config: HttpServer = HttpServer()
    basic_auth_users: Mapping[str, str] = Field(default_factory=dict)
    rate_limit: RateLimit | None = None

    @field_validator("basic_auth_users")
    @classmethod
    def _hashes(cls, users: Mapping[str, str]) -> Mapping[str, str]:
        for user, hashed in users.items():
            if not user or ":" in user:
                raise ValueError("a user has a name without a colon")
            if not _is_hash(hashed):
                raise ValueError(f"the value of {user} is not a bcrypt hash (make one: htpasswd -nBC 10)")
        return users


def _is_hash(text: str) -> bool:
    import bcrypt

    match = _HASH.fullmatch(text)
    if match is None or not 4 <= int(match[1]) <= 31:
        return False
    try:
        # At the least cost: the file is read while requests wait.
        bcrypt.checkpw(b"", f"$2b$04{match[2]}".encode())
    except ValueError:
        return False
    return True


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


def _absolute(data: Any, folder: Path) -> Any:
    tls = data.get("tls_server_config") if isinstance(data, dict) else None
    if not isinstance(tls, dict):
        return data
    paths = {
        key: str(folder / value) if key.endswith("_file") and isinstance(value, str) and value else value
        for key, value in tls.items()
    }
    return {**data, "tls_server_config": paths}
