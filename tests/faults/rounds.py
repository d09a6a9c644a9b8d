"""What rounds of a cluster bring while one of its targets has a fault, before it and after it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.config import load_config
from agent.matrix import load
from agent.model.observation import Observation, Target
from agent.model.vocabulary import Check, Role, Verdict
from agent.polling.cluster_poller import ClusterPoller
from agent.snapshot import Snapshot
from tests.faults.catalog import FAULTS
from tests.faults.healthy import ROLES, cluster_with, healthy
from tests.faults.relay import Relay, healthy_path
from tests.fleets import cluster, frontend, write_config
from tests.probes.contract import KINDS

MATRIX = load()

#: Seconds of a round in which the target hangs for all of it, and of one that a busy machine may slow down.
_SHORT, _LONG = 0.8, 5.0

#: What a cell of the table says where the target answers all the same.
ANSWERS = "answers"


@dataclass
class Result:
    """Of one fault and one kind: the reason of the failure, and what was not as it must be."""

    reason: str = ANSWERS
    breaches: list[str] = field(default_factory=list)


def measure(kind: str, folder: Path) -> dict[str, Result]:
    """Every fault for one kind of target."""
    results = {name: Result() for name in FAULTS}
    with ThreadPoolExecutor(6) as pool:
        jobs = {
            name: pool.submit(_measure_one, kind, name, folder / f"{kind}-{index}")
            for index, name in enumerate(FAULTS)
        }
        for name, job in jobs.items():
            results[name] = job.result()
    return results


def measure_all(folder: Path) -> Iterator[tuple[str, dict[str, Result]]]:
    """Every fault for every kind."""
    for kind in KINDS:
        yield kind, measure(kind, folder)


def _measure_one(kind: str, name: str, folder: Path) -> Result:
    folder.mkdir()
    with ExitStack() as stack:
        upstream = stack.enter_context(healthy(kind))
        relay = stack.enter_context(Relay(upstream))
        # Only old releases need Kafka and ZooKeeper; for others each version of them is fine.
        is_old = ROLES.get(kind) in (Role.EVENT_STREAMING, Role.COORDINATION)
        server = stack.enter_context(frontend("1.4.4" if is_old else "1.31.2"))
        clusters = [cluster_with(kind, folder, relay.port, server.address)]
        clusters.append(cluster(folder, "neighbor", server.address))
        config = load_config(write_config(folder, clusters, interval="60s", timeout="10s", max_age="120s"))
        pollers = [ClusterPoller(config, each, MATRIX) for each in config.clusters]
        for poller in pollers:
            stack.callback(poller.close)
        return _rounds(kind, name, relay, *pollers)


def _rounds(kind: str, name: str, relay: Relay, poller: ClusterPoller, neighbor: ClusterPoller) -> Result:
    result = Result()
    before, beside = poller.round(timeout=_LONG), neighbor.round(timeout=_LONG)
    target = _target(kind, before)
    healthy_facts = _of(before, target).facts
    if healthy_facts is None:
        result.breaches.append(f"no facts before the fault: {_of(before, target).failure}")
        return result
    relay.use(FAULTS[name]())
    # Without the last round: nothing is carried over, so what is supported was read under the fault.
    during = poller.round(timeout=_SHORT if _may_hang(name) else _LONG)
    failure = _of(during, target).failure
    if failure is not None:
        result.reason = str(failure.reason)
    result.breaches += wrongly_supported(target.role, before, during)
    if _verdicts(neighbor.round(beside, timeout=_LONG)) != _verdicts(beside):
        result.breaches.append("the healthy cluster got other verdicts")
    relay.use(healthy_path)
    poller.round(during, timeout=_LONG)
    after = poller.round(timeout=_LONG)
    if _of(after, target).facts != healthy_facts:
        result.breaches.append(f"not recovered after two rounds: {_of(after, target)}")
    if changed := set(_verdicts(before)) ^ set(_verdicts(after)):
        result.breaches.append(f"other verdicts after the fault than before it: {changed}")
    return result


def _may_hang(name: str) -> bool:
    return any(word in name for word in ("silen", "nothing", "drips"))


def _target(kind: str, snapshot: Snapshot) -> Target:
    """The target of this kind. A cluster with `temporal_remotes` has a second one on the same port."""
    if kind in ROLES:
        return next(o.target for o in snapshot.observations if o.target.role is ROLES[kind])
    wanted = "remotes" if kind == "temporal_remotes" else None
    return next(
        o.target
        for o in snapshot.observations
        if wanted is None or wanted in (o.target.endpoint, o.target.name)
    )


def _of(snapshot: Snapshot, target: Target) -> Observation:
    return next(o for o in snapshot.observations if o.target == target)


def wrongly_supported(role: Role, before: Snapshot, during: Snapshot) -> list[str]:
    """Supported checks of the role, unless they rest on what the healthy server says, too."""
    said = _said(role, during)
    if said and said <= _said(role, before):
        return []
    return [
        f"{result.check} is supported by {said}"
        for result in during.judgement.results
        if result.role is role
        and result.check in (Check.VERSION, Check.SCHEMA)
        and result.verdict is Verdict.SUPPORTED
    ]


def _said(role: Role, snapshot: Snapshot) -> set[str]:
    """Every version that was read in this role: of nodes and of the schema."""
    found = [o.facts for o in snapshot.observations if o.target.role is role and o.facts]
    schemas = {facts.schema.version for facts in found if facts.schema and facts.schema.version}
    return schemas | {node.version for facts in found for node in facts.nodes}


def _verdicts(snapshot: Snapshot) -> list[Any]:
    return [(r.role, r.check, r.verdict, r.reason) for r in snapshot.judgement.results]
