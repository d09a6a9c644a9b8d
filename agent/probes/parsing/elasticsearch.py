"""What the answers of Elasticsearch and OpenSearch mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agent.components.registry import detect
from agent.model.observation import Node
from agent.probes.base import clean

#: Temporal's own name of it (temporalio/temporal@v1.31.2: schema/elasticsearch/visibility/versioned/v14).
TEMPLATE = "temporal_visibility_v1_template"

#: What OpenSearch answers as its version where it is told to look like Elasticsearch to old clients
#: (compatibility.override_main_response_version).
_DISGUISE = "7.10.2"


def component_of(main: Mapping[str, Any], nodes: Sequence[Node]) -> str:
    """By the distribution and the tagline; `build_flavor` means another thing in every archive."""
    version = main.get("version")
    distribution = version.get("distribution") if isinstance(version, dict) else None
    texts = {"distribution": str(distribution or ""), "tagline": str(main.get("tagline") or "")}
    if not any(texts.values()):
        texts["majors"] = ",".join(sorted({node.version.split(".")[0] for node in nodes}))
    return detect("elasticsearch", texts).component


def nodes_of(answer: Mapping[str, Any]) -> list[Node]:
    """The nodes of `GET /_nodes`.

    Raises:
        KeyError, TypeError, AttributeError: the answer is none of that.
    """
    return [
        Node(_text(node["version"]), clean(str(node.get("name", "")))) for node in answer["nodes"].values()
    ]


def versions_of(answer: Mapping[str, Any]) -> list[Node]:
    """The different versions of `GET /_cluster/stats`, each as a node without a name.

    Raises:
        KeyError, TypeError: the answer is none of that.
    """
    return [Node(_text(version)) for version in answer["nodes"]["versions"]]


def main_node(main: Mapping[str, Any]) -> list[Node]:
    """The one node that answered `GET /`."""
    version = main.get("version")
    number = version.get("number") if isinstance(version, dict) else None
    if not isinstance(number, str):
        return []
    number = clean(number)
    if number == _DISGUISE and component_of(main, ()) == "opensearch":
        number = f"unknown: answers as {number}"
    name = main.get("name")
    return [Node(number, clean(name) if isinstance(name, str) else "")]


def template_of(answer: Mapping[str, Any]) -> tuple[list[str], dict[str, str] | None]:
    """Patterns and fields of a template, of either kind. No fields: it has some of other templates.

    Raises:
        KeyError, TypeError, AttributeError, IndexError: the answer holds no such template.
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
    """The types of the fields. Up to Elasticsearch 6 they stand below the name of a document type.

    Raises:
        TypeError, AttributeError: these are no mappings.
    """
    if "properties" not in mappings:
        types = [inner for inner in mappings.values() if isinstance(inner, dict) and "properties" in inner]
        mappings = types[0] if types else {}
    properties = mappings.get("properties", {})
    # A field without a type of its own has fields below it.
    return {clean(name): clean(str(field.get("type", "object"))) for name, field in properties.items()}


def _patterns(template: Mapping[str, Any]) -> list[str]:
    return [str(pattern) for pattern in template["index_patterns"]]


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a version that is no text")
    return clean(value)
