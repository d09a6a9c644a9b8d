"""The API's own description, OpenAPI 3.1. Tests hold it and the answers together."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from agent.model.reasons import REASONS
from agent.model.vocabulary import Check, Level, Role, Verdict
from agent.upgrade import StepKind

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_FLAG: Schema = {"type": "boolean"}
_DAY: Schema = {"type": "string", "format": "date"}
_TIME: Schema = {"type": "string", "format": "date-time"}


def openapi_document(version: str, prefix: str) -> dict[str, Any]:
    """The whole document. `prefix`: the path under which the agent is reached."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "temporal-compat-agent",
            "version": version,
            "summary": "What is known of each Temporal cluster, and what to do next.",
            "description": "Keys may be added; none is renamed or taken away. Times are RFC 3339 in UTC.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": prefix or "/"}],
        "paths": _paths(),
        "components": {"schemas": _schemas()},
    }


def _paths() -> dict[str, Any]:
    name = {
        "name": "name",
        "in": "path",
        "required": True,
        "description": "The cluster's name in the configuration.",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"},
    }
    to = {
        "name": "to",
        "in": "query",
        "required": True,
        "description": "The release to get to.",
        "schema": {"type": "string", "minLength": 1},
        "example": "1.31.2",
    }
    clusters = _get("clusters", "Every cluster.", _object({"clusters": _list(_ref("Cluster"))}), {})
    first = {"name": "$response.body#/clusters/0/temporal_cluster"}
    clusters["get"]["responses"]["200"]["links"] = {
        operation: {"operationId": operation, "parameters": first} for operation in ("cluster", "plan")
    }
    return {
        "/api/v1/clusters": clusters,
        "/api/v1/clusters/{name}": {
            "parameters": [name],
            **_get("cluster", "One cluster.", _ref("Cluster"), {404: "No such cluster is watched."}),
        },
        "/api/v1/clusters/{name}/plan": {
            "parameters": [name, to],
            **_get(
                "plan",
                "The way of one cluster to a release, step by step.",
                _ref("Plan"),
                {
                    400: "No release is named, the matrix has none of that name, or what runs is not known.",
                    404: "No such cluster is configured.",
                },
            ),
        },
        "/api/v1/matrix": _get("matrix", "The releases of the matrix in use.", _ref("Matrix"), {}),
        "/api/v1/openapi.json": _get("openapi", "This document.", {"type": "object"}, {}),
    }


def _schemas() -> dict[str, Schema]:
    failure = _object({"reason": _ref("Reason"), "message": _TEXT})
    where = {"role": _one_of(Role), "component": _TEXT}
    return {
        "Error": _object({"error": _TEXT}),
        "Reason": _reason(),
        "Cluster": _object(
            {
                "temporal_cluster": _TEXT,
                "product": _TEXT,
                "environment": _TEXT,
                "verdict": _one_of(Verdict),
                "would_start": _or_null(_FLAG),
                "would_start_message": _TEXT,
                "taken": _or_null(_TIME),
                "server": _or_null(_ref("Server")),
                "upgrades": _list(_ref("Outlook")),
                "checks": _list(_ref("Check")),
                "findings": _list(_ref("Check")),
                "waivers": _list(_ref("Waiver")),
                "schemas": _list(_ref("Schema")),
                "advisories": _list(_ref("Advisory")),
                "ends_of_life": _list(_object({**where, "date": _DAY})),
                "probes": _list(_ref("Probe")),
            }
        ),
        "Server": _object(
            {
                "version": _TEXT,
                "release": _or_null(_TEXT),
                "published": _or_null(_DAY),
                "patches_behind": _or_null(_COUNT),
                "minors_behind": _or_null(_COUNT),
            }
        ),
        "Outlook": _object(
            {
                "level": {"enum": ["patch", "minor"]},
                "release": _TEXT,
                "blockers": _COUNT,
                "schema_steps": _COUNT,
                "steps": _COUNT,
            }
        ),
        "Check": _object(
            {
                **where,
                "check": _one_of(Check),
                "verdict": _one_of(Verdict),
                "reason": _ref("Reason"),
                "message": _TEXT,
                "source": _or_null(_TEXT),
                "waived": _FLAG,
            }
        ),
        "Waiver": _object(
            {
                "role": _one_of(Role),
                "check": _one_of(Check),
                "reason": _ref("Reason"),
                "comment": _TEXT,
                "until": _DAY,
                "has_ended": _FLAG,
                "matches": _FLAG,
            }
        ),
        "Schema": _object(
            {
                **where,
                "plugin": _or_null(_TEXT),
                "version": _TEXT,
                "required": _or_null(_TEXT),
                "drift": _or_null({"type": "integer"}),
            }
        ),
        "Advisory": _object(
            {
                "id": _TEXT,
                "level": _one_of(Level),
                "summary": _TEXT,
                "remedy": _TEXT,
                "condition": _or_null(_TEXT),
                "source": _TEXT,
            }
        ),
        "Probe": _object(
            {
                **where,
                "endpoint": _TEXT,
                "name": _or_null(_TEXT),
                "up": _or_null(_FLAG),
                "attempted": _or_null(_TIME),
                "duration_seconds": _or_null({"type": "number", "minimum": 0}),
                "last_success": _or_null(_TIME),
                "failure": _or_null(failure),
                "facts": _or_null(_ref("Facts")),
            }
        ),
        "Facts": _object(
            {
                "flavor": _or_null(_TEXT),
                "nodes": _list(_ref("Node")),
                "plugins": _map(_list(_TEXT)),
                "details": _map(_TEXT),
                "schema": _or_null(_object({"version": _or_null(_TEXT), "problem": _or_null(failure)})),
                "settings": _map(_TEXT),
                "remotes": _list(_ref("Remote")),
                "not_told": _list(failure),
            }
        ),
        "Remote": _object(
            {
                "name": _TEXT,
                "version": _or_null(_TEXT),
                "shards": _or_null(_COUNT),
                "initial_failover_version": _or_null(_COUNT),
                "failover_increment": _or_null(_COUNT),
                "is_connected": _FLAG,
                "problem": _or_null(failure),
            }
        ),
        "Node": _object(
            {
                "name": _or_null(_TEXT),
                "service": _or_null(_TEXT),
                "version": _TEXT,
                "toolchain": _or_null(_TEXT),
            }
        ),
        "Plan": _object(
            {
                "from": _TEXT,
                "to": _TEXT,
                "blockers": _list(_ref("Blocker")),
                "hops": _list(_ref("Hop")),
            }
        ),
        "Blocker": _object(
            {
                "release": _TEXT,
                "role": _one_of(Role),
                "check": _one_of(Check),
                "reason": _ref("Reason"),
                "message": _TEXT,
                "source": _or_null(_TEXT),
            }
        ),
        "Hop": _object(
            {
                "release": _TEXT,
                "blockers": _list(_ref("Blocker")),
                "would_start": _or_null(_FLAG),
                "back_to": _or_null(_TEXT),
                "notes": _list(_object({"text": _TEXT, "source": _TEXT})),
                "steps": _list(_ref("Step")),
            }
        ),
        "Step": _object(
            {
                "kind": _one_of(StepKind),
                "role": _or_null(_one_of(Role)),
                "to": _TEXT,
                "tool": _or_null(_TEXT),
                "command": _or_null(_TEXT),
                "note": _TEXT,
                "source": _or_null(_TEXT),
            }
        ),
        "Matrix": _object({"matrix": _TEXT, "releases": _list(_ref("Release"))}),
        "Release": _object(
            {
                "release": _TEXT,
                "published": _or_null(_DAY),
                "reported_version": _or_null(_TEXT),
                "was_read": _FLAG,
                "plugins": _list(_TEXT),
                "schema": _map(_map(_or_null(_TEXT))),
                "index": _or_null(_COUNT),
            }
        ),
    }


def _get(operation: str, summary: str, answer: Schema, errors: Mapping[int, str]) -> dict[str, Any]:
    responses = {"200": {"description": summary, "content": {"application/json": {"schema": answer}}}}
    for status, text in errors.items():
        content = {"application/json": {"schema": _ref("Error")}}
        responses[str(status)] = {"description": text, "content": content}
    return {"get": {"operationId": operation, "summary": summary, "responses": responses}}


def _object(properties: Mapping[str, Schema]) -> Schema:
    return {"type": "object", "properties": dict(properties), "required": list(properties)}


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def _map(of: Schema) -> Schema:
    return {"type": "object", "additionalProperties": of}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _one_of(values: type[StrEnum]) -> Schema:
    return {"type": "string", "enum": [value.value for value in values]}


def _reason() -> Schema:
    titles = "\n".join(f"- `{info.code}`: {info.title}" for info in REASONS.values())
    return {"type": "string", "enum": [info.code.value for info in REASONS.values()], "description": titles}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}
