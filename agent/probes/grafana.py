"""Grafana: the version, from the first of three paths that has it.

`GET /api/health` needs no login (4.3 and later, grafana/grafana#8357). Before 4.3, and with `hide_version`
(grafana/grafana#24919), `/api/frontend/settings` has the version for a logged-in user. Before 4.3, the page
`/login` also has it for everybody, as `buildInfo` in its `window.grafanaBootData` (raintank/grafana@d3ee81b,
near 2.5: pkg/api/frontendsettings.go, pkg/api/login.go, public/views/index.html; 2.1 has the same).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from agent.config import WebApi
from agent.model.observation import Facts, Node
from agent.model.reasons import REFUSALS
from agent.model.vocabulary import Reason
from agent.probes.base import ProbeError, clean
from agent.probes.transport.http import HttpClient
from agent.probes.transport.web_api import Asking, is_final

_HEALTH = "/api/health"
_SETTINGS = "/api/frontend/settings"
_PAGE = "/login"
_BUILD = '"buildInfo":'


def open_probe(settings: WebApi) -> GrafanaProbe:
    """A probe of one Grafana."""
    return GrafanaProbe(settings)


class GrafanaProbe:
    """Keeps one connection."""

    def __init__(self, settings: WebApi) -> None:
        self._settings = settings
        self._has_login = bool(settings.secret or settings.bearer)
        self._client = HttpClient(settings.tls, settings.proxy_url)

    def read(self, timeout: float) -> Facts:
        """Read `/api/health`; if it has no version, read the other paths."""
        asking = Asking(self._client, self._settings, timeout)
        try:
            health = asking.json(_HEALTH)
        except ProbeError as error:
            if is_final(error) or error.failure.reason in (Reason.STORE_UNAVAILABLE, Reason.UNREACHABLE):
                raise
            version = self._version_elsewhere(asking, error)
        else:
            version = _text(health, "version") or self._hidden(asking, health)
        return Facts("grafana", (Node(version),))

    def abort(self) -> None:
        """End a read that hangs."""
        self._client.abort()

    def close(self) -> None:
        self._client.close()

    def _hidden(self, asking: Asking, health: Mapping[str, Any]) -> str:
        if "database" not in health:
            raise ProbeError(Reason.BAD_ANSWER, f"GET {_HEALTH}: not an answer of Grafana; check the address")
        hidden = "Grafana hides its version from anonymous users (hide_version)"
        if not self._has_login:
            raise ProbeError(Reason.VERSION_UNREADABLE, f"{hidden}: configure a user or a token")
        version = _version_in_settings(asking)
        if not version:
            text = f"{hidden}, and does not accept the agent's login: check user, password or token"
            raise ProbeError(Reason.VERSION_UNREADABLE, text)
        return version

    def _version_elsewhere(self, asking: Asking, refusal: ProbeError) -> str:
        readers = [_version_in_settings, _version_in_page] if self._has_login else [_version_in_page]
        for reader in readers:
            try:
                version = reader(asking)
            except ProbeError as error:
                if is_final(error):
                    raise
                if error.failure.reason in REFUSALS:
                    refusal = error
                continue
            if version:
                return version
        raise refusal


def _version_in_settings(asking: Asking) -> str:
    return _build_version(asking.json(_SETTINGS).get("buildInfo"))


def _version_in_page(asking: Asking) -> str:
    """The version in the page's script; empty if there is none."""
    page = asking.body(_PAGE, kind="text/html").decode(errors="replace")
    _, found, rest = page.partition(_BUILD)
    try:
        return _build_version(json.JSONDecoder().raw_decode(rest.lstrip())[0]) if found else ""
    except (ValueError, RecursionError):
        return ""


def _build_version(info: Any) -> str:
    return _text(info, "version") if isinstance(info, dict) else ""


def _text(answer: Mapping[str, Any], key: str) -> str:
    value = answer.get(key)
    return clean(value).strip() if isinstance(value, str) else ""
