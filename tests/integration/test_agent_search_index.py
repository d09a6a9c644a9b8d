"""What an index of a real Elasticsearch 7.17 may be like: aliases, own fields, wrong types, two templates."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.snapshot import Snapshot

from .agents import result
from .legend import judged
from .searching import searching
from .servers.index_templates import index_template
from .servers.requirement import require
from .servers.search import TEMPLATE, SearchServer

_PATTERN = "temporal_visibility_v1*"


@pytest.fixture
def server(elasticsearch7: SearchServer) -> Iterator[SearchServer]:
    """Whose templates are Temporal's newest again in the end."""
    elasticsearch7.put_template(_file(14))
    yield elasticsearch7
    elasticsearch7.put_template(_file(14))


@pytest.fixture
def put_composable(server: SearchServer) -> Iterator[Callable[..., None]]:
    """Puts Temporal's template as one of the newer kind, which is gone in the end."""

    def put(version: int, pattern: str = _PATTERN) -> None:
        body = {"index_patterns": [pattern], "priority": 1, "template": {"mappings": _mappings(version)}}
        server.ask("PUT", f"/_index_template/{TEMPLATE}", body)

    yield put
    server.ask("DELETE", f"/_index_template/{TEMPLATE}")


def _file(version: int) -> Path:
    return require(lambda: index_template(version))


def _mappings(version: int, **types: str) -> dict[str, Any]:
    """The mappings of a template version, with these fields of other types."""
    mappings: dict[str, Any] = json.loads(_file(version).read_text())["mappings"]
    mappings["properties"] |= {name: {"type": kind} for name, kind in types.items()}
    return mappings


def _put_legacy(server: SearchServer, version: int, pattern: str = _PATTERN) -> None:
    body = {"index_patterns": [pattern], "mappings": _mappings(version)}
    server.ask("PUT", f"/_template/{TEMPLATE}", body)


def _judged(folder: Path, server: SearchServer, index: str) -> Snapshot:
    return judged(folder, searching(server, index, Role.VISIBILITY), "1.31.2")


def _schema(snapshot: Snapshot) -> tuple[Verdict, Reason]:
    answer = result(snapshot, Role.VISIBILITY, Check.SCHEMA)
    return answer.verdict, answer.reason


def _remarks(snapshot: Snapshot) -> set[Reason]:
    return {remark.reason for remark in snapshot.judgement.remarks}


_CURRENT = (Verdict.SUPPORTED, Reason.SCHEMA_CURRENT)
_BEHIND = (Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND)


def test_an_alias_is_as_its_index_and_as_the_oldest_where_it_has_several(
    tmp_path: Path, server: SearchServer
) -> None:
    alias = "temporal_visibility_v1_by_alias"
    server.create_index("temporal_visibility_v1_behind_1", _file(14))
    server.ask("PUT", f"/temporal_visibility_v1_behind_1/_alias/{alias}")
    one = _judged(tmp_path, server, alias)
    assert _schema(one) == _CURRENT
    assert _remarks(one) == set()
    server.create_index("temporal_visibility_v1_behind_2", _file(13))
    server.ask("PUT", f"/temporal_visibility_v1_behind_2/_alias/{alias}")
    both = _judged(tmp_path, server, alias)
    assert _schema(both) == _BEHIND
    assert "TemporalExternalPayloadCount" in result(both, Role.VISIBILITY, Check.SCHEMA).message


@pytest.mark.parametrize(("version", "expected"), [(14, _CURRENT), (13, _BEHIND)])
def test_search_attributes_of_users_own_change_nothing(
    tmp_path: Path, server: SearchServer, version: int, expected: tuple[Verdict, Reason]
) -> None:
    """As the server itself adds them; `Attr` and `BinaryChecksums` are of other versions of the template."""
    index = f"temporal_visibility_v1_custom_{version}"
    server.create_index(index, _file(version))
    kinds = {"CustomerId": "keyword", "Note": "text", "Due": "date_nanos", "Rate": "scaled_float"}
    fields = {name: {"type": kind} for name, kind in kinds.items()}
    fields["Rate"]["scaling_factor"] = "10000"
    more = {"Attr": {"properties": {"Any": {"type": "keyword"}}}, "CustomKeywordField": {"type": "keyword"}}
    server.ask("PUT", f"/{index}/_mapping", {"properties": {**fields, **more}})
    assert _schema(_judged(tmp_path, server, index)) == expected


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("WorkflowId", "text"),
        ("BuildIds", "text"),
        ("TemporalExternalPayloadCount", "keyword"),
    ],
)
def test_a_field_of_the_wrong_type_is_never_green_and_is_named(
    tmp_path: Path, server: SearchServer, field: str, kind: str
) -> None:
    """One of the first template, one of the middle, and one of the last."""
    index = f"temporal_visibility_v1_wrong_{field.lower()}"
    server.ask("PUT", f"/{index}", {"mappings": _mappings(14, **{field: kind})})
    snapshot = _judged(tmp_path, server, index)
    assert _schema(snapshot) == _BEHIND
    assert field in result(snapshot, Role.VISIBILITY, Check.SCHEMA).message
    assert snapshot.judgement.verdict is Verdict.UNSUPPORTED


@pytest.mark.parametrize(
    ("legacy", "composable", "expected"),
    [(14, 13, {Reason.TEMPLATE_BEHIND}), (13, 14, set())],
)
def test_where_both_kinds_of_template_are_there_the_one_that_shapes_the_next_index_counts(
    tmp_path: Path,
    server: SearchServer,
    put_composable: Callable[..., None],
    legacy: int,
    composable: int,
    expected: set[Reason],
) -> None:
    server.create_index(f"temporal_visibility_v1_before_{legacy}", _file(14))
    _put_legacy(server, legacy)
    put_composable(composable)
    now = _judged(tmp_path, server, f"temporal_visibility_v1_before_{legacy}")
    assert _schema(now) == _CURRENT
    assert _remarks(now) == expected
    # What the remark foretells: the next index, by Elasticsearch itself.
    server.ask("PUT", f"/temporal_visibility_v1_after_{legacy}")
    after = _judged(tmp_path, server, f"temporal_visibility_v1_after_{legacy}")
    assert _schema(after) == (_BEHIND if expected else _CURRENT)


def test_a_template_with_another_pattern_does_not_count(
    tmp_path: Path, server: SearchServer, put_composable: Callable[..., None]
) -> None:
    index = "temporal_visibility_v1_pattern"
    server.create_index(index, _file(14))
    _put_legacy(server, 13)
    assert _remarks(_judged(tmp_path, server, index)) == {Reason.TEMPLATE_BEHIND}
    _put_legacy(server, 13, "elsewhere_*")
    assert _remarks(_judged(tmp_path, server, index)) == set()
    # A composable one for others leaves the old one in force.
    _put_legacy(server, 14)
    put_composable(13, "elsewhere_*")
    assert _remarks(_judged(tmp_path, server, index)) == set()
    _put_legacy(server, 13)
    assert _remarks(_judged(tmp_path, server, index)) == {Reason.TEMPLATE_BEHIND}
