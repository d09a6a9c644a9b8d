"""What answers of search stores mean, whatever they hold."""

from __future__ import annotations

from typing import Any

import pytest

from agent.components.registry import Detected
from agent.model.observation import Node
from agent.probes.parsing.elasticsearch import (
    TEMPLATE,
    component_of,
    fields_of,
    main_node,
    nodes_of,
    template_of,
    versions_of,
)
from tests.laws import law

OPENSEARCH = {"tagline": "The OpenSearch Project: https://opensearch.org/"}


@law(
    [
        ({"version": {"distribution": "opensearch"}}, [], "opensearch"),
        (OPENSEARCH, ["7.10.2"], "opensearch"),
        ({"tagline": "You Know, for Search"}, ["2.4.6"], "elasticsearch"),
        # Without either, by the version alone.
        ({}, ["2.19.1", "2.18.0"], "opensearch"),
        ({}, ["3.1.0"], "opensearch"),
        ({}, ["9.1.0"], "elasticsearch"),
        ({}, ["10.0.0"], "elasticsearch"),
        ({}, ["2.19.1", "7.10.2"], "elasticsearch"),
        ({}, [], "elasticsearch"),
    ],
)
def test_the_kind_is_identified_by_its_answers_before_its_version(
    main: dict[str, Any], versions: list[str], component: str
) -> None:
    assert component_of(main, [Node(version) for version in versions]).component == component


def test_the_service_of_aws_is_recognized_by_the_name_of_its_cluster() -> None:
    main = {"cluster_name": "123456789012:orders", "version": {"number": "7.10.2"}, "tagline": "You Know"}
    assert component_of(main, []) == Detected("elasticsearch", "aws-elasticsearch")
    assert component_of({**main, "cluster_name": "orders"}, []) == Detected("elasticsearch")


def test_only_opensearch_is_ever_disguised() -> None:
    told = {"name": "a", "version": {"number": "7.10.2"}}
    assert main_node({**told, "tagline": "You Know, for Search"}) == [Node("7.10.2", "a")]
    (node,) = main_node({**told, **OPENSEARCH})
    assert not node.version[0].isdigit()


@pytest.mark.parametrize("version", [None, 8, ["8.5.3"], {"number": 8}])
def test_a_version_that_is_not_text_is_ignored(version: object) -> None:
    assert main_node({"version": version}) == []
    with pytest.raises(TypeError):
        nodes_of({"nodes": {"a": {"version": version}}})
    with pytest.raises(TypeError):
        versions_of({"nodes": {"versions": [version]}})


def test_text_that_no_encoding_can_write_is_replaced() -> None:
    assert nodes_of({"nodes": {"a": {"version": "8\ud800", "name": "\ud800"}}}) == [Node("8?", "?")]
    assert fields_of({"properties": {"\ud800": {"type": "\ud800"}}}) == {"?": "?"}


def test_a_template_of_either_kind_gives_its_patterns_and_fields() -> None:
    mappings = {"properties": {"RunId": {"type": "keyword"}}}
    old = {TEMPLATE: {"index_patterns": ["a*"], "mappings": mappings}}
    new: dict[str, Any] = {"index_patterns": ["a*"], "template": {"mappings": mappings}}
    expected = (["a*"], {"RunId": "keyword"})
    assert template_of(old) == template_of({"index_templates": [{"index_template": new}]}) == expected


def test_a_template_that_is_composed_of_others_gives_no_fields() -> None:
    composed = {"index_patterns": ["a*"], "composed_of": ["b"], "template": {"mappings": {}}}
    assert template_of({"index_templates": [{"index_template": composed}]}) == (["a*"], None)
