"""The description of the API, OpenAPI 3.1. Tests compare it with the answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from agent.model.reasons import REASONS
from agent.reports.cluster_document import ClustersDocument
from agent.reports.document import SUFFIX, Document
from agent.reports.matrix_document import MatrixDocument
from agent.reports.plan_document import PlanDocument

Schema = dict[str, Any]


@dataclass(frozen=True)
class ErrorDocument(Document):
    """Why the request failed."""

    error: str


#: How any request may be refused, in plain text. The second value: whether `Retry-After` has a time.
_REFUSALS = {
    401: ("The user or the password is wrong or missing.", False),
    429: ("Too many requests (`rate_limit`), or too many logins are waiting.", False),
    503: ("Too many requests are being handled. `Retry-After` has the seconds to wait.", True),
}

#: The answers of the API. Their parts are described with them.
_DOCUMENTS: tuple[type[Document], ...] = (ErrorDocument, ClustersDocument, PlanDocument, MatrixDocument)

_REF = "#/components/schemas/{model}"


def openapi_document(version: str, prefix: str) -> dict[str, Any]:
    """The whole document. `prefix`: the path at which users reach the agent."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "temporal-compat-agent",
            "version": version,
            "summary": "The state of each Temporal cluster, and what to do next.",
            "description": "Keys may be added, but not renamed or removed. Times are RFC 3339 in UTC.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": prefix or "/"}],
        "paths": _paths(),
        "components": {"schemas": _schemas(), "responses": _refusals()},
    }


def _paths() -> dict[str, Any]:
    name = {
        "name": "name",
        "in": "path",
        "required": True,
        "description": "The name of the cluster in the configuration.",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"},
    }
    to = {
        "name": "to",
        "in": "query",
        "required": True,
        "description": "The target release.",
        "schema": {"type": "string", "minLength": 1},
        "example": "1.31.2",
    }
    clusters = _get("clusters", "Every cluster.", _ref("Clusters"), {})
    first = {"name": "$response.body#/clusters/0/temporal_cluster"}
    clusters["get"]["responses"]["200"]["links"] = {
        operation: {"operationId": operation, "parameters": first} for operation in ("cluster", "plan")
    }
    return {
        "/api/v1/clusters": clusters,
        "/api/v1/clusters/{name}": {
            "parameters": [name],
            **_get("cluster", "One cluster.", _ref("Cluster"), {404: "There is no such cluster."}),
        },
        "/api/v1/clusters/{name}/plan": {
            "parameters": [name, to],
            **_get(
                "plan",
                "The upgrade path of one cluster to a release, step by step.",
                _ref("Plan"),
                {
                    400: "`to` is missing or not in the matrix, or the running version is unknown.",
                    404: "There is no such cluster.",
                },
            ),
        },
        "/api/v1/matrix": _get("matrix", "The releases of the matrix in use.", _ref("Matrix"), {}),
        "/api/v1/openapi.json": _get("openapi", "This document.", {"type": "object"}, {}),
    }


def _refusals() -> dict[str, Any]:
    after = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}
    return {
        str(status): {
            "description": text,
            "content": {"text/plain": {"schema": {"type": "string"}}},
            **({"headers": after} if has_time else {}),
        }
        for status, (text, has_time) in _REFUSALS.items()
    }


class _Schemas(GenerateJsonSchema):
    """Names of schemas: documents lose their suffix, enums get one, so that the names do not clash."""

    def normalize_name(self, name: str) -> str:
        name = super().normalize_name(name)
        return name.removesuffix(SUFFIX) if name.endswith(SUFFIX) else f"{name}Name"

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> Schema:
        described = super().dataclass_schema(schema)
        del described["title"]
        return described

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


@cache
def _schemas() -> dict[str, Schema]:
    _, definitions = TypeAdapter.json_schemas(
        [(document.__name__, "serialization", TypeAdapter(document)) for document in _DOCUMENTS],
        ref_template=_REF,
        schema_generator=_Schemas,
    )
    schemas: dict[str, Schema] = definitions["$defs"]
    titles = "\n".join(f"- `{info.code}`: {info.title}" for info in REASONS.values())
    schemas["ReasonName"]["description"] = titles
    return schemas


def _get(operation: str, summary: str, answer: Schema, errors: Mapping[int, str]) -> dict[str, Any]:
    responses: Schema = {"200": {"description": summary, "content": {"application/json": {"schema": answer}}}}
    for status in _REFUSALS:
        responses[str(status)] = {"$ref": f"#/components/responses/{status}"}
    for status, text in errors.items():
        content = {"application/json": {"schema": _ref("Error")}}
        responses[str(status)] = {"description": text, "content": content}
    return {"get": {"operationId": operation, "summary": summary, "responses": responses}}


def _ref(name: str) -> Schema:
    return {"$ref": _REF.format(model=name)}
