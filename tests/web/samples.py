"""Snapshots as literals, a source that serves them, and a way to ask the application without a network."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from urllib.parse import unquote

from starlette.types import ASGIApp

from agent.matrix import Matrix
from agent.model.agent_status import AdvisoryText, AgentState
from agent.model.observation import Facts, Failure, Instant, Node, Observation, SchemaRow, Target
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.snapshot import Since, Snapshot
from agent.upgrade import Hop, Outlook, Plan, PlanError, Step, StepKind, Toolbox
from agent.verdict import (
    ClusterSpec,
    Judgement,
    Result,
    SchemaState,
    ServerState,
    StartAnswer,
    Waiver,
    WaiverState,
)
from agent.verdict.result import EndOfLife
from tests.building import FROZEN

AT = Instant(wall=1_790_000_000.25, mono=5_000.0)
SOURCE = "temporal v1.31.2"
WAIVER = Waiver(
    Role.PERSISTENCE, Check.PLUGIN, Reason.PLUGIN_MISMATCH, "agreed with the DBAs", date(2027, 3, 1)
)

PLAN = Plan(
    "1.30.6",
    "1.31.2",
    (
        Hop(
            "1.31.2",
            blockers=(),
            steps=(Step(StepKind.SERVER, Role.SERVER, "1.31.2", "", "", "Deploy Temporal 1.31.2.", SOURCE),),
            notes=(),
            would_start=True,
            back_to="1.30.6",
        ),
    ),
)


def subject(name: str = "orders-live", product: str = "orders", environment: str = "live") -> ClusterSpec:
    return ClusterSpec(name, product, environment, stores={}, max_age=180.0, sees_replicas=True)


def silent(name: str = "payments-live") -> Snapshot:
    """A cluster of which nothing is known yet."""
    result = Result(
        Role.SERVER, Check.VERSION, "temporal", Verdict.UNKNOWN, Reason.NOT_YET_OBSERVED, "not yet observed"
    )
    judgement = Judgement(
        verdict=Verdict.UNKNOWN,
        start=StartAnswer(None, "not yet observed"),
        results=(result,),
        remarks=(),
        schemas=(),
        server=None,
        valid_until=float("inf"),
    )
    target = Target(Role.SERVER, "temporal", "grpc")
    return Snapshot(subject(name, "", ""), (Observation(target),), judgement, None)


def behind() -> Snapshot:
    """A rollout on a store whose schema is behind, with a metrics endpoint that fails."""
    replica = Target(Role.SERVER, "temporal", "metrics", "history-0")
    return Snapshot(
        subject=subject(),
        observations=(
            Observation(
                Target(Role.SERVER, "temporal", "grpc"),
                attempted=AT,
                duration=0.5,
                facts=Facts(
                    "temporal",
                    (Node("1.30.6", service="frontend"),),
                    plugins={Role.PERSISTENCE: ("postgres12",)},
                    details={"cluster_id": "f4e0-1"},
                    gaps=(Failure(Reason.PERMISSION_DENIED, "GetClusterInfo: no"),),
                ),
                observed=AT,
                attempts=3,
                failures=1,
            ),
            Observation(
                replica,
                attempted=AT,
                duration=2.0,
                failure=Failure(Reason.TIMEOUT, "no answer within 2 seconds"),
                facts=Facts(
                    "temporal",
                    (
                        Node("1.30.6", service="history"),
                        Node("1.31.2", "b", "history", "go1.26.8"),
                        Node("1.31.2", "c", "history"),
                    ),
                ),
                observed=replace(AT, wall=AT.wall - 60),
                attempts=7,
                failures=4,
            ),
            Observation(
                Target(Role.PERSISTENCE, "postgresql", "sql"),
                attempted=AT,
                duration=0.25,
                facts=Facts(
                    "postgresql", (Node("15.4 (Debian)"),), flavor="aurora", schema=SchemaRow("1.18")
                ),
                observed=AT,
                attempts=1,
            ),
        ),
        judgement=Judgement(
            fresh=frozenset(
                {
                    Target(Role.SERVER, "temporal", "grpc"),
                    replica,
                    Target(Role.PERSISTENCE, "postgresql", "sql"),
                }
            ),
            verdict=Verdict.UNSUPPORTED,
            start=StartAnswer(False, "persistence: Temporal 1.31.2 needs schema 1.19, found 1.18"),
            results=(
                Result(
                    Role.SERVER,
                    Check.VERSION,
                    "temporal",
                    Verdict.SUPPORTED,
                    Reason.RELEASE_KNOWN,
                    "Temporal 1.30.6 is release 1.30.6",
                    SOURCE,
                ),
                Result(
                    Role.SERVER,
                    Check.REPLICAS,
                    "temporal",
                    Verdict.SUPPORTED,
                    Reason.MIXED_VERSIONS,
                    "1.30.6 and 1.31.2 run at the same time, as they do during a rollout",
                ),
                Result(
                    Role.PERSISTENCE,
                    Check.SCHEMA,
                    "postgresql",
                    Verdict.UNSUPPORTED,
                    Reason.SCHEMA_BEHIND,
                    "Temporal 1.31.2 needs schema 1.19, found 1.18",
                    SOURCE,
                ),
            ),
            remarks=(
                Result(
                    Role.PERSISTENCE,
                    Check.PLUGIN,
                    "postgresql",
                    Verdict.SUPPORTED,
                    Reason.PLUGIN_MISMATCH,
                    "the agent's configuration has the plugin postgres12_pgx, but the server uses postgres12",
                    "GetClusterInfo",
                    WAIVER,
                ),
            ),
            schemas=(SchemaState(Role.PERSISTENCE, "postgresql", "postgres12", "1.18", "1.19", -1),),
            server=ServerState("1.30.6", "1.30.6", date(2026, 7, 1), 2, 1, stale=False, newest="1.31.2"),
            valid_until=5_180.0,
            waivers=(WaiverState(WAIVER, has_ended=False, matches=True),),
            ends_of_life=(EndOfLife(Role.PERSISTENCE, "postgresql", date(2027, 11, 11)),),
        ),
        taken=AT,
        outlook=(
            Outlook("patch", "1.30.7", blockers=0, schema_steps=0, steps=2),
            Outlook("minor", "1.31.2", blockers=1, schema_steps=2, steps=5),
        ),
        since=Since(AT.wall - 600, {("persistence", "schema", "postgresql"): AT.wall - 300}),
    )


STATE = AgentState(
    version="0.1.0",
    python_version="3.11.7",
    matrix_digest="sha256:0123456789ab",
    newest_release="1.32.2",
    newest_release_published=date(2026, 11, 1),
    matrix_published=date(2026, 11, 20),
    clusters=2,
    rounds=12,
    rounds_skipped=1,
    last_round=1_790_000_001.5,
    config_ok=True,
    config_loaded=1_789_999_000.0,
    critical_advisories=(
        AdvisoryText("CVE-2026-5724", "an authorizer is configured", "Use 1.30.4.", "1.29.6, 1.30.4"),
    ),
)


@dataclass
class FakeSource:
    """What the pages read from, as a daemon would have it."""

    shown: tuple[Snapshot, ...] = ()
    ready: bool = True
    now: AgentState = STATE
    problems: tuple[str, ...] = ()
    probed: list[tuple[str, float | None]] = field(default_factory=list)
    reloads: int = 0
    tools: Toolbox = field(default_factory=Toolbox)

    def names(self) -> tuple[str, ...]:
        return tuple(snapshot.subject.name for snapshot in self.shown)

    def snapshots(self) -> tuple[Snapshot, ...]:
        return self.shown

    def snapshot(self, name: str) -> Snapshot | None:
        return next((snapshot for snapshot in self.shown if snapshot.subject.name == name), None)

    def on_snapshot(self, listener: Callable[[Snapshot], object]) -> None:
        """Nothing changes here."""

    def probe(self, name: str, timeout: float | None) -> Snapshot | None:
        self.probed.append((name, timeout))
        return next((snapshot for snapshot in self.shown if snapshot.subject.name == name), None)

    def is_ready(self) -> bool:
        return self.ready

    def state(self) -> AgentState:
        return self.now

    def reload(self) -> tuple[str, ...]:
        self.reloads += 1
        return self.problems

    def plan(self, name: str, target: str) -> Plan | None:
        if not any(snapshot.subject.name == name for snapshot in self.shown):
            return None
        if target != PLAN.target:
            raise PlanError(f"the matrix has no release {target!r}")
        return PLAN

    def toolbox(self, name: str) -> Toolbox | None:
        return self.tools if name in self.names() else None

    def matrix(self) -> Matrix:
        return FROZEN


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


def ask(app: ASGIApp, path: str, method: str = "GET", headers: Mapping[str, str] | None = None) -> Reply:
    """One request, as a server would hand it to the application."""
    path, _, query = path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(key.lower().encode(), value.encode()) for key, value in (headers or {}).items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 17233),
    }
    sent: list[Any] = []

    asked = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> dict[str, Any]:
        # After the request a server has nothing to say until the connection ends.
        return asked.pop() if asked else await asyncio.get_running_loop().create_future()

    async def send(message: Any) -> None:
        sent.append(message)

    async def request() -> None:
        await app(scope, receive, send)

    asyncio.run(request())
    start = sent[0]
    return Reply(
        start["status"],
        {key.decode(): value.decode() for key, value in start["headers"]},
        b"".join(message.get("body", b"") for message in sent[1:]),
    )
