"""The HTTP side: snapshots to bytes. Whatever it shows, it read from a snapshot."""

from __future__ import annotations

import json
import math
from typing import Any, Protocol

from anyio import CapacityLimiter, to_thread
from jinja2 import Environment, PackageLoader
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from agent.plan_report import document as plan_document
from agent.snapshot import Snapshot
from agent.state import AgentState
from agent.upgrade import Plan, PlanError
from agent.web.document import cluster_document
from agent.web.exposition import Exposition, negotiate, probe_metrics

#: Kept of the scraper's announced timeout for the way back, in seconds (as blackbox_exporter does).
_TIMEOUT_OFFSET = 0.5

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class Source(Protocol):
    """What the pages read from."""

    def snapshots(self) -> tuple[Snapshot, ...]: ...
    def probe(self, name: str, timeout: float | None) -> Snapshot | None: ...
    def is_ready(self) -> bool: ...
    def state(self) -> AgentState: ...
    def reload(self) -> tuple[str, ...]: ...
    def plan(self, name: str, target: str) -> Plan | None: ...
    def matrix(self) -> dict[str, Any]: ...


class _Json(JSONResponse):
    def render(self, content: Any) -> bytes:
        return json.dumps(content, ensure_ascii=False, indent=2).encode() + b"\n"


#: Probes on demand under way at once. They wait for targets in threads of their own, so that however many
#: targets hang, pages and metrics never wait for a thread.
_MOST_PROBES = 1024


class Pages:
    """The handlers. What renders runs in a thread, so a large page keeps no health check waiting."""

    def __init__(self, source: Source, notice: str = "") -> None:
        self._source = source
        self._notice = notice
        self._exposition = Exposition()
        self._probing = CapacityLimiter(_MOST_PROBES)
        self._templates = Environment(
            loader=PackageLoader("agent.web"), autoescape=True, trim_blocks=True, lstrip_blocks=True
        )

    def index(self, _request: Request) -> Response:
        page = self._templates.get_template("index.html").render(
            snapshots=self._source.snapshots(),
            state=self._source.state(),
            notice=self._notice,
        )
        return HTMLResponse(page, headers=_HEADERS)

    async def style(self, _request: Request) -> Response:
        return Response(
            self._templates.get_template("style.css").render(), media_type="text/css", headers=_HEADERS
        )

    def metrics(self, request: Request) -> Response:
        form = negotiate(request.headers.get("accept", ""))
        body = self._exposition.metrics(self._source.state(), self._source.snapshots(), form)
        return Response(body, headers={"Content-Type": form.content_type, "Vary": "Accept"})

    async def probe(self, request: Request) -> Response:
        name = request.query_params.get("cluster", "")
        announced = _seconds(request.headers.get("x-prometheus-scrape-timeout-seconds", ""))
        timeout = max(announced - _TIMEOUT_OFFSET, announced / 2) if announced else None
        snapshot = await to_thread.run_sync(self._source.probe, name, timeout, limiter=self._probing)
        if snapshot is None:
            return PlainTextResponse(f"no cluster is configured under the name {name!r}\n", 400)
        form = negotiate(request.headers.get("accept", ""))
        return Response(probe_metrics(snapshot, form), headers={"Content-Type": form.content_type})

    def clusters(self, _request: Request) -> Response:
        return _Json({"clusters": [cluster_document(snapshot) for snapshot in self._source.snapshots()]})

    def cluster(self, request: Request) -> Response:
        name = request.path_params["name"]
        for snapshot in self._source.snapshots():
            if snapshot.subject.name == name:
                return _Json(cluster_document(snapshot))
        return _Json({"error": f"no cluster has the name {name!r}"}, 404)

    def plan(self, request: Request) -> Response:
        name, target = request.path_params["name"], request.query_params.get("to", "")
        if not target:
            return _Json({"error": "name the release to get to: ?to=1.31.2"}, 400)
        try:
            found = self._source.plan(name, target)
        except PlanError as error:
            return _Json({"error": str(error)}, 400)
        if found is None:
            return _Json({"error": f"no cluster has the name {name!r}"}, 404)
        return _Json(plan_document(found))

    def matrix(self, _request: Request) -> Response:
        return _Json(self._source.matrix())

    async def healthy(self, _request: Request) -> Response:
        return PlainTextResponse("temporal-compat-agent is healthy.\n")

    async def ready(self, _request: Request) -> Response:
        if self._source.is_ready():
            return PlainTextResponse("temporal-compat-agent is ready.\n")
        return PlainTextResponse("The first round of some cluster has not ended yet.\n", 503)

    def reload(self, _request: Request) -> Response:
        problems = self._source.reload()
        if problems:
            return PlainTextResponse("".join(f"{problem}\n" for problem in problems), 500)
        return PlainTextResponse("")


def make_app(source: Source, *, enable_lifecycle: bool = False, notice: str = "") -> Starlette:
    """The application. `notice` is shown on the landing page; reload is there only if enabled."""
    pages = Pages(source, notice)
    routes = [
        Route("/", pages.index),
        Route("/style.css", pages.style),
        Route("/metrics", pages.metrics),
        Route("/probe", pages.probe),
        Route("/api/v1/clusters", pages.clusters),
        Route("/api/v1/clusters/{name}", pages.cluster),
        Route("/api/v1/clusters/{name}/plan", pages.plan),
        Route("/api/v1/matrix", pages.matrix),
        Route("/-/healthy", pages.healthy),
        Route("/-/ready", pages.ready),
    ]
    if enable_lifecycle:
        routes.append(Route("/-/reload", pages.reload, methods=["POST", "PUT"]))
    return Starlette(routes=routes, middleware=[Middleware(GZipMiddleware, minimum_size=1024)])


def _seconds(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds > 0 else None
