"""The HTTP application. All answers about clusters come from snapshots."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from prometheus_client.registry import Collector
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from agent.metrics.exposition import negotiate, probe_metrics
from agent.model.agent_status import AgentState
from agent.reports.reason_document import UnknownReasonError, reason_document
from agent.reports.runbook_document import runbook_document
from agent.snapshot import Snapshot
from agent.upgrade import Plan, PlanError
from agent.web.api import Api, error
from agent.web.backend import AgentBackend
from agent.web.basic_auth import BasicAuth
from agent.web.conditional import tagged
from agent.web.external import External, is_host
from agent.web.headers import Headers
from agent.web.limits import Lane
from agent.web.packing import content
from agent.web.pages import Pages, next_release
from agent.web.rate_limiter import RateLimiter
from agent.web.rendering import Renderings, View
from agent.web.runbook_values import filled
from agent.web.runbooks import runbooks
from agent.web.same_origin import is_cross_site
from agent.web.scrapes import Exposition
from agent.web.view import Query
from agent.web.web_file import WebFile

#: Part of the scraper's announced timeout that is left for the answer, in seconds (as in blackbox_exporter).
_TIMEOUT_OFFSET = 0.5

_GZIP_LEVEL = 5

#: Maximum number of probes on demand at once.
_MAX_PROBES = 1024


class Lanes:
    """Kinds of requests that do not wait for each other. Health checks need no thread and no lane."""

    def __init__(self) -> None:
        #: Pages and API: one large rendering uses at most one of the two threads.
        self.readers = Lane(threads=2, max_requests=64)
        self.scrapers = Lane(threads=1, max_requests=32)
        #: Probes wait for targets, so each has its own thread.
        self.probes = Lane(threads=_MAX_PROBES, max_requests=_MAX_PROBES)
        self.reloads = Lane(threads=1, max_requests=4)


class Handlers:
    """The handlers of all paths. Rendering runs in threads, so a large page does not delay health checks."""

    def __init__(
        self,
        source: AgentBackend,
        pages: Pages,
        external: External,
        lanes: Lanes,
        web: WebFile,
        process: Collector | None,
    ) -> None:
        self._source = source
        self._web = web
        self._pages = pages
        self._external = external
        self._read = Renderings(lanes.readers)
        self._clusters = Renderings(lanes.readers)
        self._scraped = Renderings(lanes.scrapers, tagged=False)
        self._exposition = Exposition(process)
        source.on_snapshot(self._exposition.render)
        self._probes = lanes.probes

    async def index(self, request: Request) -> Response:
        parameters = request.query_params
        query = Query(*(parameters.get(key, "") for key in ("q", "state", "environment", "group", "sort")))

        def view() -> View:
            snapshots, state = self._source.snapshots(), self._source.state()
            return View(
                (state, snapshots), lambda: content(self._pages.index(snapshots, state, query).encode())
            )

        return await self._read.answer(request, query, "text/html; charset=utf-8", view)

    async def cluster(self, request: Request) -> Response:
        name, target = request.path_params["name"], request.query_params.get("to", "").strip()
        if name not in self._source.names():
            return self._missing("cluster", name)

        def view() -> View:
            snapshot = self._source.snapshot(name)
            if snapshot is None:
                raise HTTPException(404, f"There is no cluster named {name!r}.")
            # Without what changes with every round of another cluster.
            last = snapshot.taken.wall if snapshot.taken else None
            state = replace(self._source.state(), rounds=0, rounds_skipped=0, last_round=last)
            return View((state, snapshot), lambda: content(self._cluster(snapshot, state, target).encode()))

        return await self._clusters.answer(request, (name, target), "text/html; charset=utf-8", view)

    def _cluster(self, snapshot: Snapshot, state: AgentState, target: str) -> str:
        plan, problem = self._plan(snapshot.subject.name, target or next_release(snapshot))
        return self._pages.cluster(snapshot, state, plan, target, problem if target else "")

    def runbook(self, request: Request) -> Response:
        name, cluster = request.path_params["name"], request.query_params.get("cluster", "")
        text, state = runbooks().get(name.removesuffix(".md")), self._source.state()
        if text is None:
            return self._missing("runbook", name)
        snapshot, tools = self._source.snapshot(cluster), self._source.toolbox(cluster)
        # An alert can lead to an agent that does not monitor its cluster: the text helps all the same.
        is_filled = snapshot is not None and tools is not None
        if snapshot is not None and tools is not None:
            text = filled(
                text,
                runbook_document(
                    snapshot,
                    tools,
                    self._source.matrix(),
                    config_file=state.config_file,
                    agent=self._address(request),
                ),
            )
        if name.endswith(".md"):
            return PlainTextResponse(text)
        return HTMLResponse(self._pages.runbook(name, text, cluster, state, is_filled=is_filled))

    def _address(self, request: Request) -> str:
        """The agent's address for a command; empty if neither option nor request has a valid one."""
        host = request.headers.get("host", "")
        return self._external.url or (f"{request.url.scheme}://{host}" if is_host(host) else "")

    def reason(self, request: Request) -> Response:
        code = request.path_params["code"]
        try:
            document = reason_document(code)
        except UnknownReasonError:
            return self._missing("reason", code)
        return HTMLResponse(self._pages.reason(document, self._source.state()))

    def _missing(self, what: str, name: str, up: str = "../") -> Response:
        return HTMLResponse(self._pages.missing(what, name, self._source.state(), up), 404)

    def _plan(self, name: str, target: str) -> tuple[Plan | None, str]:
        if not target:
            return None, ""
        try:
            return self._source.plan(name, target), ""
        except PlanError as problem:
            return None, str(problem)

    async def metrics(self, request: Request) -> Response:
        form = negotiate(request.headers.get("accept", ""))

        def view() -> View:
            # The agent's own series change with every scrape.
            state = replace(
                self._source.state(),
                web_config_ok=self._web.is_reloaded,
                external_url=self._external.url,
                scheme="https" if self._web.tls else "http",
            )
            scraped = self._exposition.metrics(state, self._source.snapshots(), form)
            return View(object(), lambda: scraped)

        vary = "Accept, Accept-Encoding"
        return await self._scraped.answer(request, form.content_type, form.content_type, view, vary)

    async def probe(self, request: Request) -> Response:
        name = request.query_params.get("cluster", "")
        announced = _seconds(request.headers.get("x-prometheus-scrape-timeout-seconds", ""))
        timeout = max(announced - _TIMEOUT_OFFSET, announced / 2) if announced else None
        snapshot = await self._probes.run(lambda: self._source.probe(name, timeout))
        if snapshot is None:
            return PlainTextResponse(f"there is no cluster named {name!r} in the configuration\n", 400)
        form = negotiate(request.headers.get("accept", ""))
        return Response(probe_metrics(snapshot, form), headers={"Content-Type": form.content_type})

    async def healthy(self, _request: Request) -> Response:
        return PlainTextResponse("temporal-compat-agent is healthy.\n")

    async def ready(self, _request: Request) -> Response:
        if self._source.is_ready():
            return PlainTextResponse("temporal-compat-agent is ready.\n")
        return PlainTextResponse(
            "Not ready: some clusters have not finished their first polling round.\n", 503
        )

    def refused(self, request: Request, problem: Exception) -> Response:
        """The answer to a request that no handler takes: a page for browsers."""
        assert isinstance(problem, HTTPException)
        path = request.scope["path"]
        if "/api/" in path:
            answer = error(problem.status_code, problem.detail)
        elif problem.status_code == 404 and "text/html" in request.headers.get("accept", ""):
            answer = self._missing("page", path, up="../" * (path.count("/") - 1))
        else:
            answer = PlainTextResponse(f"{problem.detail}\n", problem.status_code)
        answer.headers.update(problem.headers or {})
        return answer

    def reload(self, request: Request) -> Response:
        if is_cross_site(request.headers, self._external):
            return PlainTextResponse("Refused: a page of another site sent this request.\n", 403)
        problems = self._source.reload()
        if problems:
            return PlainTextResponse("".join(f"{problem}\n" for problem in problems), 500)
        return PlainTextResponse("")


def make_app(
    source: AgentBackend,
    *,
    enable_lifecycle: bool = False,
    notice: str = "",
    external_url: str = "",
    web_file: WebFile | None = None,
    process: Collector | None = None,
) -> Starlette:
    """The application. `notice` is shown on every page. The reload path exists only with `enable_lifecycle`.

    `web_file`: who may read, which headers every answer has, and how many requests there may be. `process`:
    the metrics of the process, if /metrics has them.

    Raises:
        ValueError: `external_url` is not a valid HTTP address for links.
    """
    external = External.read(external_url) if external_url else External()
    web = web_file or WebFile()
    lanes = Lanes()
    readers = lanes.readers
    pages = Pages(notice, f"{external.prefix}/" if external_url else "")
    handlers = Handlers(source, pages, external, lanes, web, process)
    api = Api(source, external, Renderings(readers))
    routes: list[BaseRoute] = [
        Route("/", readers.limited(handlers.index)),
        Route("/clusters/{name}", readers.limited(handlers.cluster)),
        Route("/runbooks/{name}", readers.threaded(tagged(handlers.runbook))),
        Route("/reasons/{code}", readers.threaded(tagged(handlers.reason))),
        Mount("/static", StaticFiles(directory=Path(__file__).with_name("static"))),
        Route("/metrics", lanes.scrapers.limited(handlers.metrics)),
        Route("/probe", lanes.probes.limited(handlers.probe)),
        Route("/sd", readers.limited(api.discovery)),
        Route("/api/v1/clusters", readers.limited(api.clusters)),
        Route("/api/v1/clusters/{name}", readers.threaded(tagged(api.cluster))),
        Route("/api/v1/clusters/{name}/plan", readers.threaded(tagged(api.plan))),
        Route("/api/v1/matrix", readers.threaded(tagged(api.matrix))),
        Route("/api/v1/openapi.json", readers.threaded(tagged(api.description))),
        Route("/-/healthy", handlers.healthy),
        Route("/-/ready", handlers.ready),
    ]
    if enable_lifecycle:
        routes.append(Route("/-/reload", lanes.reloads.threaded(handlers.reload), methods=["POST", "PUT"]))
    return Starlette(
        routes=_under(external.prefix, routes),
        middleware=[
            Middleware(Headers, web=web),
            Middleware(RateLimiter, web=web),
            Middleware(BasicAuth, web=web),
            Middleware(GZipMiddleware, minimum_size=1024, compresslevel=_GZIP_LEVEL),
        ],
        exception_handlers={HTTPException: handlers.refused},
    )


def _under(prefix: str, routes: list[BaseRoute]) -> Sequence[BaseRoute]:
    # A proxy may remove the prefix or keep it.
    return [*routes, Mount(prefix, routes=routes)] if prefix else routes


def _seconds(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds > 0 else None
