"""Search engines."""

from __future__ import annotations

from agent.components.search import ELASTICSEARCH, OPENSEARCH
from agent.model.vocabulary import Role


def test_one_probe_reads_both_and_recognizes_opensearch() -> None:
    assert ELASTICSEARCH.readers == OPENSEARCH.readers
    assert OPENSEARCH.markers
    assert not ELASTICSEARCH.markers


def test_they_store_no_version_of_a_schema_and_no_default_store() -> None:
    for component in (ELASTICSEARCH, OPENSEARCH):
        assert not component.has_schema_row
        assert not component.can_fill(Role.PERSISTENCE)
        assert component.can_fill(Role.SEARCH)


def test_only_elasticsearch_ever_needed_the_client_v6() -> None:
    assert (ELASTICSEARCH.v6_client_below, OPENSEARCH.v6_client_below) == (7, 0)
