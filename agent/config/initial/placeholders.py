"""Placeholders in a first configuration: for settings that the source lacks, and for secrets."""

from __future__ import annotations

from typing import Any

from agent.config.document import Place
from agent.config.secret import ENVIRONMENT_VALUE, VARIABLE, written_value

#: A name that no machine can have (RFC 2606), so a forgotten one cannot reach anything.
_HOST = "fill-in.invalid"
_VALUES: dict[str, Any] = {
    "name": "fill-in",
    "frontend": f"{_HOST}:7233",
    "host": _HOST,
    "hosts": (_HOST,),
    "brokers": (f"{_HOST}:9092",),
    "url": f"http://{_HOST}:9200",
    "http": f"http://{_HOST}:7243",
    "database": "fill-in",
    "keyspace": "fill-in",
    "index": "fill-in",
    "user": "fill-in",
    "path": "/fill-in",
    "ca_file": "/fill-in/ca.pem",
    "cert_file": "/fill-in/client.pem",
    "key_file": "/fill-in/client.key",
}


def placeholders(place: Place) -> dict[Place, Any]:
    """The values for a setting that is missing; none if the configuration is whole without it."""
    *above, last = place
    at = tuple(above)
    if last in ("password", "password_file"):
        return {(*at, "user"): _VALUES["user"], (*at, "password"): secret_variable((*at, "password"), "")[0]}
    if last in ("cert_file", "key_file"):
        return {(*at, key): _VALUES[key] for key in ("cert_file", "key_file")}
    return {place: _VALUES[str(last)]} if last in _VALUES else {}


def secret_variable(place: Place, reference: str) -> tuple[str, bool]:
    """The variable for a secret, and whether its source uses the same one."""
    written = written_value(reference) or reference
    if VARIABLE.fullmatch(written):
        return written, True
    match = ENVIRONMENT_VALUE.fullmatch(reference)
    if match is not None:
        return f"${{{match[2].rpartition('/')[2]}}}", False
    return f"${{TEMPORAL_{str(place[0]).upper()}_{str(place[-1]).upper()}}}", False
