"""Grafana: the version, by whichever of its answers has it.

`GET /api/health` needs no login (4.3 and later, grafana/grafana#8357). Before, and where `hide_version` is
set (grafana/grafana#24919), `/api/frontend/settings` has it for whoever is logged in. Before, the page
`/login` has it for all, as `buildInfo` of its `window.grafanaBootData` (raintank/grafana@d3ee81b, of the day
of 2.5: pkg/api/frontendsettings.go, pkg/api/login.go, public/views/index.html; 2.1 has the same).
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
from agent.probes.transport.http import HttpClient, HttpError
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
        self._client = HttpClient(settings.tls)

    def read(self, timeout: float) -> Facts:
        """Ask for its health; where that does not tell, for what else names the version."""
        asking = Asking(self._client, self._settings, timeout)
        try:
            health = asking.json(_HEALTH)
        except ProbeError as error:
            if is_final(error):
                raise
            if isinstance(error, HttpError) and error.status == 503:
                # Its own database does not answer.
                raise ProbeError(Reason.STORE_UNAVAILABLE, error.failure.text) from error
            version = self._without_health(asking, error)
        else:
            version = _text(health, "version") or self._hidden(asking, health)
        return Facts("grafana", (Node(version),))

    def abort(self) -> None:
        """End the read that hangs."""
        self._client.abort()

    def close(self) -> None:
        self._client.close()

    def _hidden(self, asking: Asking, health: Mapping[str, Any]) -> str:
        if "database" not in health:
            raise ProbeError(Reason.BAD_ANSWER, f"GET {_HEALTH}: the answer is none of Grafana's")
        hidden = "Grafana hides its version from whoever is not logged in (hide_version)"
        if not self._has_login:
            raise ProbeError(Reason.VERSION_UNREADABLE, f"{hidden}: give the agent a user or a token")
        version = _of_settings(asking)
        if not version:
            raise ProbeError(Reason.VERSION_UNREADABLE, f"{hidden}, and does not take this login for one")
        return version

    def _without_health(self, asking: Asking, refusal: ProbeError) -> str:
        questions = [_of_settings, _of_page] if self._has_login else [_of_page]
        for question in questions:
            try:
                version = question(asking)
            except ProbeError as error:
                if is_final(error):
                    raise
                if error.failure.reason in REFUSALS:
                    refusal = error
                continue
            if version:
                return version
        raise refusal


def _of_settings(asking: Asking) -> str:
    return _build_version(asking.json(_SETTINGS).get("buildInfo"))


def _of_page(asking: Asking) -> str:
    """The version in a page's script; empty where it holds none."""
    page = asking.body(_PAGE, kind="text/html").decode(errors="replace")
    _, found, rest = page.partition(_BUILD)
    try:
        return _build_version(json.JSONDecoder().raw_decode(rest.lstrip())[0]) if found else ""
    except (ValueError, RecursionError):
        return ""


def _build_version(info: Any) -> str:
    return _text(info, "version") if isinstance(info, dict) else ""


def _text(told: Mapping[str, Any], key: str) -> str:
    value = told.get(key)
    return clean(value).strip() if isinstance(value, str) else ""
