"""The JSON of the API and of `check --format json`: one shape for both."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from agent.model.observation import Facts, Failure, Observation, RemoteCluster, SchemaRow
from agent.snapshot import Snapshot
from agent.verdict import Result, WaiverState


def cluster_document(snapshot: Snapshot) -> dict[str, Any]:
    """Everything that is known of one cluster. Times are RFC 3339 in UTC."""
    subject, judgement = snapshot.subject, snapshot.judgement
    server = judgement.server
    return {
        "temporal_cluster": subject.name,
        "product": subject.product,
        "environment": subject.environment,
        "verdict": judgement.verdict,
        "would_start": judgement.start.would_start,
        "would_start_message": judgement.start.message,
        "taken": _time(snapshot.taken.wall) if snapshot.taken else None,
        "server": None
        if server is None
        else {
            "version": server.version,
            "release": server.release or None,
            "published": server.published.isoformat() if server.published else None,
            "patches_behind": server.patches_behind if server.release else None,
            "minors_behind": server.minors_behind if server.release else None,
        },
        "upgrades": [
            {
                "level": ahead.level,
                "release": ahead.release,
                "blockers": ahead.blockers,
                "schema_steps": ahead.schema_steps,
                "steps": ahead.steps,
            }
            for ahead in snapshot.outlook
        ],
        "checks": [_check(result) for result in judgement.results],
        "findings": [_check(result) for result in judgement.findings],
        "waivers": [_waiver(state) for state in judgement.waivers],
        "schemas": [
            {
                "role": schema.role,
                "component": schema.component,
                "plugin": schema.plugin or None,
                "version": schema.version,
                "required": schema.required or None,
                "drift": schema.drift,
            }
            for schema in judgement.schemas
        ],
        "advisories": [
            {
                "id": advisory.id,
                "level": advisory.level,
                "summary": advisory.summary,
                "remedy": advisory.remedy,
                "condition": advisory.condition or None,
                "source": advisory.source,
            }
            for advisory in judgement.advisories
        ],
        "ends_of_life": [
            {"role": end.role, "component": end.component, "date": end.on.isoformat()}
            for end in judgement.ends_of_life
        ],
        "probes": [_probe(observation) for observation in snapshot.observations],
    }


def _check(result: Result) -> dict[str, Any]:
    return {
        "role": result.role,
        "check": result.check,
        "component": result.component,
        "verdict": result.verdict,
        "reason": result.reason,
        "message": result.message,
        "source": result.source or None,
        "waived": result.waiver is not None,
    }


def _waiver(state: WaiverState) -> dict[str, Any]:
    waiver = state.waiver
    return {
        "role": waiver.role,
        "check": waiver.check,
        "reason": waiver.reason,
        "comment": waiver.comment,
        "until": waiver.until.isoformat(),
        "has_ended": state.has_ended,
        "matches": state.matches,
    }


def _probe(observation: Observation) -> dict[str, Any]:
    target, failure = observation.target, observation.failure
    return {
        "role": target.role,
        "component": target.component,
        "endpoint": target.endpoint,
        "name": target.name or None,
        "up": None if observation.attempted is None else failure is None,
        "attempted": _time(observation.attempted.wall) if observation.attempted else None,
        "duration_seconds": observation.duration,
        "last_success": _time(observation.observed.wall) if observation.observed else None,
        "failure": _failure(failure) if failure else None,
        "facts": _facts(observation.facts) if observation.facts else None,
    }


def _facts(facts: Facts) -> dict[str, Any]:
    return {
        "flavor": facts.flavor or None,
        "nodes": [
            {
                "name": node.name or None,
                "service": node.service or None,
                "version": node.version,
                "toolchain": node.toolchain or None,
            }
            for node in facts.nodes
        ],
        "plugins": {role: list(names) for role, names in facts.plugins.items()},
        "details": dict(facts.details),
        "schema": _row(facts.schema) if facts.schema else None,
        "settings": dict(facts.settings),
        "remotes": [_remote(remote) for remote in facts.remotes],
        "not_told": [_failure(limit) for limit in facts.limits],
    }


def _row(row: SchemaRow) -> dict[str, Any]:
    return {"version": row.version, "problem": _failure(row.problem) if row.problem else None}


def _remote(remote: RemoteCluster) -> dict[str, Any]:
    return {
        "name": remote.name,
        "version": remote.version or None,
        "shards": remote.shards or None,
        "initial_failover_version": remote.initial_failover_version or None,
        "failover_increment": remote.failover_increment or None,
        "is_connected": remote.is_connected,
        "problem": _failure(remote.problem) if remote.problem else None,
    }


def _failure(failure: Failure) -> dict[str, Any]:
    return {"reason": failure.reason, "message": failure.text}


def _time(wall: float) -> str:
    return datetime.fromtimestamp(wall, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
