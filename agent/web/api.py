"""Answers for programs: the JSON API, its description, and service discovery."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from agent.reports.cluster_document import cluster_document
from agent.reports.document import Document, as_json
from agent.reports.matrix_document import list_document
from agent.reports.plan_document import plan_document
from agent.upgrade import PlanError
from agent.web.backend import AgentBackend
from agent.web.external import External, is_host
from agent.web.openapi import openapi_document
from agent.web.packing import Content, content
from agent.web.rendering import JsonList, Renderings, View


class Json(JSONResponse):
    """A document or plain values as one JSON object, indented for people."""

    def render(self, content: Any) -> bytes:
        if isinstance(content, Document):
            return as_json(content).encode() + b"\n"
        return json.dumps(content, ensure_ascii=False, indent=2).encode() + b"\n"


def error(status: int, text: str) -> Response:
    """Every error of the API has this form."""
    return Json({"error": text}, status)


class Api:
    """The handlers of `/api/v1` and `/sd`."""

    def __init__(self, source: AgentBackend, external: External, renderings: Renderings) -> None:
        self._source = source
        self._external = external
        self._renderings = renderings
        self._clusters = JsonList("clusters", cluster_document)

    async def clusters(self, request: Request) -> Response:
        def view() -> View:
            snapshots = self._source.snapshots()
            return View(snapshots, lambda: self._clusters.render(snapshots))

        return await self._renderings.answer(request, "clusters", "application/json", view)

    def cluster(self, request: Request) -> Response:
        name = request.path_params["name"]
        snapshot = self._source.snapshot(name)
        return Json(cluster_document(snapshot)) if snapshot else _no_cluster(name)

    def plan(self, request: Request) -> Response:
        name, target = request.path_params["name"], request.query_params.get("to", "")
        if not target:
            return error(400, "the parameter `to` is missing; name the target release: ?to=1.31.2")
        try:
            found = self._source.plan(name, target)
        except PlanError as problem:
            return error(400, str(problem))
        return Json(plan_document(found)) if found else _no_cluster(name)

    def matrix(self, _request: Request) -> Response:
        return Json(list_document(self._source.matrix()))

    def description(self, _request: Request) -> Response:
        return Json(openapi_document(self._source.state().version, self._external.prefix))

    async def discovery(self, request: Request) -> Response:
        """For Prometheus' `http_sd_configs`: each cluster is a target, and a scrape probes it."""
        host = self._external.host or request.headers.get("host", "")
        if not is_host(host):
            return error(
                400, "the Host header has no valid host; send one, or start the agent with --web.external-url"
            )
        labels = {"__metrics_path__": f"{self._external.prefix}/probe"}
        if (self._external.scheme if self._external.host else request.scope["scheme"]) == "https":
            labels["__scheme__"] = "https"

        def view() -> View:
            names = self._source.names()
            return View(names, lambda: _targets(host, labels, names))

        return await self._renderings.answer(request, (host, *labels), "application/json", view)


def _targets(host: str, labels: Mapping[str, str], names: Iterable[str]) -> Content:
    found = [
        {"targets": [host], "labels": {**labels, "__param_cluster": name, "instance": name}} for name in names
    ]
    return content(bytes(Json(found).body))


def _no_cluster(name: str) -> Response:
    return error(404, f"there is no cluster named {name!r}; /api/v1/clusters lists all")
