"""`--web.config.file`: TLS, users, headers and a rate limit, in the format of Prometheus' exporters.

The format is that of prometheus/exporter-toolkit (docs/web-configuration.md). A key that this server does not
support is an error, so that nobody relies on a protection that is not active.
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
from agent.config.section import ConfigSection
from agent.web.cipher_suites import TLS12_SUITES, TLS13_SUITES, openssl_ciphers

Version = Literal["TLS12", "TLS13"]

#: Keys of the format that are not supported, each with the reason.
_REFUSED_TLS = {
    "cert": "an inline certificate is not supported; set cert_file to the path of a file",
    "key": "an inline key is not supported; set key_file to the path of a file",
    "client_ca": "an inline certificate is not supported; set client_ca_file to the path of a file",
    "curve_preferences": "not supported, because Python's TLS cannot select curves; remove it",
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
    """TLS of the server. With `RequireAndVerifyClientCert`, clients must send a certificate, too."""

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
            raise ValueError(
                "set both client_ca_file and client_auth_type: RequireAndVerifyClientCert, or neither"
            )
        if self.client_allowed_sans and not verifies:
            raise ValueError("client_allowed_sans needs client_auth_type: RequireAndVerifyClientCert")
        if self.min_version > self.max_version:
            raise ValueError("min_version must not be newer than max_version")
        if self.cipher_suites and self.min_version == "TLS12" and not openssl_ciphers(self.cipher_suites):
            raise ValueError("cipher_suites has no suite for TLS 1.2; add one, or set min_version: TLS13")
        return self

    @model_validator(mode="before")
    @classmethod
    def _refused(cls, data: Any) -> Any:
        for key, reason in _REFUSED_TLS.items():
            if isinstance(data, dict) and key in data:
                raise ValueError(f"{key}: {reason}")
        return data


class HttpServer(Model):
    """Headers of every answer. They replace the agent's own headers with the same name."""

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
                raise ValueError(f"{name} may contain only printable ASCII characters")
        return headers


class RateLimit(Model):
    """`burst` requests at once, and one more every `interval` seconds; 0: no limit."""

    interval: Annotated[float, BeforeValidator(_interval)]
    burst: int = Field(default=1, ge=1)


class WebConfig(Model):
    """The whole file. Without users, everybody may read."""

    tls_server_config: TlsServer | None = None
    http_server_config: HttpServer = HttpServer()
    basic_auth_users: Mapping[str, str] = Field(default_factory=dict)
    rate_limit: RateLimit | None = None

    @field_validator("basic_auth_users")
    @classmethod
    def _hashes(cls, users: Mapping[str, str]) -> Mapping[str, str]:
        for user, hashed in users.items():
            if not user or ":" in user:
                raise ValueError("a user name must not be empty or contain a colon")
            if not _is_hash(hashed):
                raise ValueError(
                    f"the value of {user} is not a bcrypt hash; create one with htpasswd -nBC 10"
                )
        return users


def _is_hash(text: str) -> bool:
    import bcrypt

    match = _HASH.fullmatch(text)
    if match is None or not 4 <= int(match[1]) <= 31:
        return False
    try:
        # With the lowest cost, because requests wait while the file is read.
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
        part = ConfigSection(document, (), data)
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
