"""Parses answers of Elasticsearch and OpenSearch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agent.components.registry import Detected, detect
from agent.model.observation import Node
from agent.probes.base import clean

#: Temporal's name for the template (temporalio/temporal@v1.31.2:
#: schema/elasticsearch/visibility/versioned/v14).
TEMPLATE = "temporal_visibility_v1_template"

#: The version that OpenSearch reports if it is configured to look like Elasticsearch for old clients
#: (compatibility.override_main_response_version).
_COMPATIBILITY_VERSION = "7.10.2"


def component_of(main: Mapping[str, Any], nodes: Sequence[Node]) -> Detected:
    """The component, by distribution and tagline; `build_flavor` has no common meaning.

    A product that offers the component as a service is recognized by the name of the cluster.
    """
    version = main.get("version")
    distribution = version.get("distribution") if isinstance(version, dict) else None
    texts = {"distribution": str(distribution or ""), "tagline": str(main.get("tagline") or "")}
    if not any(texts.values()):
        texts["majors"] = ",".join(sorted({node.version.split(".")[0] for node in nodes}))
    return detect("elasticsearch", {**texts, "cluster_name": str(main.get("cluster_name") or "")})


def nodes_of(answer: Mapping[str, Any]) -> list[Node]:
    """The nodes of `GET /_nodes`.

    Raises:
        KeyError, TypeError, AttributeError: the answer is something else.
    """
    return [
        Node(_text(node["version"]), clean(str(node.get("name", "")))) for node in answer["nodes"].values()
    ]


def versions_of(answer: Mapping[str, Any]) -> list[Node]:
    """The different versions of `GET /_cluster/stats`, each as a node without a name.

    Raises:
        KeyError, TypeError: the answer is something else.
    """
    return [Node(_text(version)) for version in answer["nodes"]["versions"]]


def main_node(main: Mapping[str, Any]) -> list[Node]:
    """The one node that answered `GET /`."""
    version = main.get("version")
    number = version.get("number") if isinstance(version, dict) else None
    if not isinstance(number, str):
        return []
    number = clean(number)
    if number == _COMPATIBILITY_VERSION and component_of(main, ()).component == "opensearch":
        number = f"unknown: answers as {number}"
    name = main.get("name")
    return [Node(number, clean(name) if isinstance(name, str) else "")]


def template_of(answer: Mapping[str, Any]) -> tuple[list[str], dict[str, str] | None]:
    """Patterns and fields of a template of either kind. None for the fields: other templates add to them.

    Raises:
        KeyError, TypeError, AttributeError, IndexError: the answer contains no such template.
    """
    if "index_templates" in answer:
        template = answer["index_templates"][0]["index_template"]
        if template.get("composed_of"):
            return _patterns(template), None
        mappings = template.get("template", {}).get("mappings", {})
    else:
        template = answer[TEMPLATE]
        mappings = template["mappings"]
    return _patterns(template), fields_of(mappings)


def fields_of(mappings: Mapping[str, Any]) -> dict[str, str]:
    """The types of the fields. Up to Elasticsearch 6 they are below the name of a document type.

    Raises:
        TypeError, AttributeError: the argument is not a mapping.
    """
    if "properties" not in mappings:
        types = [inner for inner in mappings.values() if isinstance(inner, dict) and "properties" in inner]
        mappings = types[0] if types else {}
    properties = mappings.get("properties", {})
    # A field without a type has fields below it.
    return {clean(name): clean(str(field.get("type", "object"))) for name, field in properties.items()}


def _patterns(template: Mapping[str, Any]) -> list[str]:
    return [str(pattern) for pattern in template["index_patterns"]]


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("the version is not a string")
    return clean(value)
