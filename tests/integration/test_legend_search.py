"""The legend of the dependency matrix, and what came after it, on real search stores.

A server of 1.3.2 can't be had here, so the release is assumed, while the store is read as it is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.snapshot import Snapshot

from .agents import result
from .legend import NAMED, NEWER, OLDER, judged, version_of
from .searching import searching
from .servers.certificates import Authority
from .servers.index_templates import index_template
from .servers.requirement import require
from .servers.search import SearchServer
from .servers.search_build import search_home

_INDEX = "temporal_visibility_v1_legend"


def _has_schema(snapshot: Snapshot) -> bool:
    return any(
        (found.role, found.check) == (Role.SEARCH, Check.SCHEMA) for found in snapshot.judgement.results
    )


@pytest.mark.full
def test_1_3_2_is_supported_on_the_elasticsearch_6_8_of_its_legend(
    tmp_path: Path, elasticsearch6: SearchServer, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """docs/server-dependencies.md, row 1.3.2, column Search: "ElasticSearch v6.8"."""
    elasticsearch6.create_index(_INDEX, require(lambda: index_template(2)))
    monkeypatch.setenv("SEARCH_PASSWORD", elasticsearch6.password_of("boss"))
    login: dict[str, Any] = {"user": "boss", "password": "${SEARCH_PASSWORD}"}
    described = searching(elasticsearch6, _INDEX, tls={"ca_file": str(authority.ca)}, **login)
    snapshot = judged(tmp_path, described)
    version = result(snapshot, Role.SEARCH, Check.VERSION)
    assert (version.verdict, version.reason) == NAMED
    assert "6.8.23" in version.message
    assert version.source.startswith("docs/server-dependencies.md")
    # Its index templates had no versions: they have from 1.11 on (schema/elasticsearch@v1.11.0).
    assert not _has_schema(snapshot)
    # The same document: event streaming is required where Elasticsearch is used, and none is named here.
    assert result(snapshot, Role.EVENT_STREAMING, Check.REQUIRED).reason is Reason.MISSING


def test_1_3_2_is_untested_on_an_elasticsearch_newer_than_its_legend(
    tmp_path: Path, elasticsearch7: SearchServer
) -> None:
    """design.md: `untested` is what nothing says no or yes to, such as "newer than anything listed"."""
    elasticsearch7.create_index(_INDEX, require(lambda: index_template(14)))
    old = judged(tmp_path, searching(elasticsearch7, _INDEX))
    assert version_of(old, Role.SEARCH) == NEWER
    assert result(old, Role.SEARCH, Check.VERSION).source.startswith("docs/server-dependencies.md")
    assert not _has_schema(old)
    # The same store as the visibility store of another release, for which the documentation names v7
    # (docs/production-deployment/self-hosted-guide/visibility/elasticsearch.mdx@5697baf76a92: from 1.7 on).
    new = judged(tmp_path, searching(elasticsearch7, _INDEX, Role.VISIBILITY), "1.31.2")
    assert version_of(new, Role.VISIBILITY) == NAMED
    assert result(new, Role.VISIBILITY, Check.SCHEMA).reason is Reason.SCHEMA_CURRENT


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        # The page named above: OpenSearch 2 and later from 1.30.1; what is older than the
        # lowest series listed is below the minimum (design.md).
        pytest.param("1.3.20", OLDER, marks=pytest.mark.full),
        ("2.19.1", NAMED),
    ],
)
def test_opensearch_is_judged_by_what_was_documented_for_the_release(
    tmp_path: Path, version: str, expected: tuple[Verdict, Reason]
) -> None:
    with SearchServer(require(lambda: search_home("opensearch", version)), version, "opensearch") as server:
        server.create_index(_INDEX, require(lambda: index_template(14)))
        new = judged(tmp_path, searching(server, _INDEX, Role.VISIBILITY), "1.31.2")
        old = judged(tmp_path, searching(server, _INDEX))
    assert version_of(new, Role.VISIBILITY) == expected
    # The index itself is as it should be on either.
    assert result(new, Role.VISIBILITY, Check.SCHEMA).reason is Reason.SCHEMA_CURRENT
    # docs/server-dependencies.md: "currently only ElasticSearch is supported".
    assert version_of(old, Role.SEARCH) == (Verdict.UNSUPPORTED, Reason.COMPONENT_NOT_SUPPORTED)
