"""The types of values in a configuration, each with its own error message."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from agent.config.secret import ENVIRONMENT_VALUE, VARIABLE, YAML_VALUE
from agent.model.text import did_you_mean

_DURATION = re.compile(r"(?:([0-9]{1,9})h)?(?:([0-9]{1,9})m)?(?:([0-9]{1,9})s)?(?:([0-9]{1,9})ms)?", re.ASCII)
#: Clocks and timers overflow far beyond this.
MAX_DURATION_SECONDS = 366 * 86400
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", re.ASCII)
#: The largest port of TCP.
MAX_PORT = 65535
HOST_PORT = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[^:/\s\[\]]+):([0-9]{1,5})", re.ASCII)


def _duration(value: Any) -> Any:
    """A duration as Prometheus writes it, such as `90s`, `1m30s` or `500ms`, in seconds."""
    match = _DURATION.fullmatch(value) if isinstance(value, str) and value else None
    if match is None:
        raise ValueError("write a duration such as 30s, 5m or 1h30m")
    hours, minutes, seconds, milliseconds = (int(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds + milliseconds / 1000


def _positive(value: float) -> float:
    if value <= 0:
        raise ValueError("must be greater than zero")
    if value > MAX_DURATION_SECONDS:
        raise ValueError("must not be longer than 366 days")
    return value


def _name(value: str) -> str:
    if _NAME.fullmatch(value) is None:
        raise ValueError(
            "use letters, digits, '.', '_' and '-', at most 63, beginning with a letter or digit"
        )
    return value


def _host_port(value: str) -> str:
    match = HOST_PORT.fullmatch(value)
    if "://" in value:
        raise ValueError(
            "write host:port without a scheme, such as temporal-frontend:7233; TLS is the key tls"
        )
    if match is None or not 0 < int(match[1]) < 65536:
        raise ValueError("write host:port, such as temporal-frontend:7233")
    return value


def _host(value: str) -> str:
    if "://" in value:
        raise ValueError("write the host alone here, without a scheme and a port")
    if HOST_PORT.fullmatch(value) and not value.startswith("["):
        host, _, port = value.rpartition(":")
        raise ValueError(
            f"write the host alone here, and the port with the key port: {{host: {host}, port: {port}}}"
        )
    return value


def _http_url(value: str) -> str:
    if not re.match(r"https?://[^/\s]", value):
        raise ValueError("write an address that begins with http:// or https://")
    try:
        urlsplit(value).port  # noqa: B018 - reading it is what checks it
    except ValueError as error:
        raise ValueError("is not a valid address: check the host and the port") from error
    if "@" in value.split("/")[2]:
        raise ValueError("an address must not contain a user or a password")
    return value


def proxy_url(value: str) -> str:
    """The address of an HTTP proxy.

    Raises:
        ValueError: it is something else. The text does not quote it: it may contain a password.
    """
    scheme, _, rest = value.partition("://")
    if scheme.lower().startswith("socks"):
        raise ValueError("SOCKS proxies are not supported: write http://host:port")
    if scheme == "https":
        raise ValueError("proxies that are reached by TLS are not supported: write http://host:port")
    place = rest.removesuffix("/").rpartition("@")[2]
    match = HOST_PORT.fullmatch(place)
    if scheme != "http" or match is None or not 0 < int(match[1]) < 65536:
        raise ValueError("write http://host:port, or http://user:password@host:port, or ${NAME}")
    return value


def _proxy_url(value: str) -> str:
    return value if VARIABLE.fullmatch(value) else proxy_url(value)


def _variable(value: str) -> str:
    if not any(form.fullmatch(value) for form in (VARIABLE, YAML_VALUE, ENVIRONMENT_VALUE)):
        raise ValueError("write ${NAME} for an environment variable, or use the key that ends in _file")
    return value


def word(words: type[StrEnum], hint: str = "") -> BeforeValidator:
    """Accepts only the values of an enumeration. `hint` says where they are listed."""
    choices = hint or f"write one of {', '.join(words)}"

    def check(value: Any) -> StrEnum:
        if isinstance(value, str) and value in list(words):
            return words(value)
        hint = did_you_mean(value, words, choices) if isinstance(value, str) else choices
        raise ValueError(f"is not a {words.__name__.lower()}; {hint}")

    return BeforeValidator(check)


#: Seconds, written as a duration.
Duration = Annotated[float, BeforeValidator(_duration), AfterValidator(_positive)]
Name = Annotated[str, AfterValidator(_name)]
HostPort = Annotated[str, AfterValidator(_host_port)]
#: An address of an HTTP proxy, or the environment variable that has it.
ProxyUrl = Annotated[str, AfterValidator(_proxy_url)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
Text = Annotated[str, Field(min_length=1)]
#: A host name or an address, without a port.
Host = Annotated[Text, AfterValidator(_host)]
Variable = Annotated[str, AfterValidator(_variable)]


class Model(BaseModel):
    """Base of all settings: frozen, and refuses unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)
