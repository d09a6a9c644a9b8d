"""From snapshots to the text of /metrics: exact, well-formed, and without two series of the same labels."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.metrics.exposition import OPENMETRICS, PLAIN, Format, negotiate, probe_metrics
from agent.metrics.family import PREFIX
from agent.model.observation import Facts, Node, Observation
from agent.model.vocabulary import Role
from agent.snapshot import Snapshot, take
from tests.building import FROZEN, NOW, later, observation, subject
from tests.laws import law
from tests.metrics.reading import expose, parse, series, values
from tests.web.samples import behind, silent
from tests.web.samples import subject as named

GOLDEN = Path(__file__).parent / "golden"
FORMATS = {"plain.txt": PLAIN, "openmetrics.txt": OPENMETRICS}

both_formats = pytest.mark.parametrize("form", [PLAIN, OPENMETRICS], ids=["plain", "openmetrics"])


@pytest.mark.parametrize("name", FORMATS)
def test_snapshots_become_exactly_this_text(name: str) -> None:
    assert expose(behind(), silent(), form=FORMATS[name]) == (GOLDEN / name).read_text()


@pytest.mark.parametrize("name", FORMATS)
def test_the_golden_text_is_read_by_the_librarys_own_parser(name: str) -> None:
    text = (GOLDEN / name).read_text()
    assert len(series(text, FORMATS[name])) == text.count("\n") - sum(
        line[0] == "#" for line in text.splitlines()
    )


def test_both_formats_hold_the_same_series() -> None:
    snapshots = (behind(), silent())
    assert series(expose(*snapshots)) == series(expose(*snapshots, form=OPENMETRICS), OPENMETRICS)


@both_formats
def test_every_family_appears_once_whatever_the_number_of_clusters(form: Format) -> None:
    text = expose(behind(), silent(), silent("a"), silent("b"), form=form)
    heads = [line.split(" ")[2] for line in text.splitlines() if line.startswith("# TYPE ")]
    assert len(heads) == len(set(heads))
    assert len(heads) == text.count("# HELP ")
    assert {family.name for family in parse(text, form) if family.samples} == {
        family.name for family in parse(text, form)
    }


def test_a_family_without_a_series_is_left_out() -> None:
    text = expose(silent())
    assert f"{PREFIX}cluster_info" in text
    assert f"{PREFIX}would_start" not in text
    assert f"{PREFIX}server_info" not in text


def test_openmetrics_ends_once_and_at_the_end() -> None:
    text = expose(behind(), silent(), form=OPENMETRICS)
    assert text.endswith("\n# EOF\n")
    assert text.count("# EOF") == 1
    assert "# EOF" not in expose(behind(), silent())


def test_without_clusters_the_agents_own_series_are_there() -> None:
    names = {name for name, _ in series(expose())}
    assert f"{PREFIX}build_info" in names
    assert f"{PREFIX}rounds_total" in names
    assert not any("temporal_cluster" in dict(labels) for _, labels in series(expose()))


def test_a_probe_has_this_clusters_gauges_and_neither_counters_nor_the_agents_series() -> None:
    for form in (PLAIN, OPENMETRICS):
        text = probe_metrics(behind(), form).decode()
        kinds = {line.split(" ")[3] for line in text.splitlines() if line.startswith("# TYPE ")}
        assert kinds == {"gauge"}
        assert all(dict(labels)["temporal_cluster"] == "orders-live" for _, labels in series(text, form))
    whole = series(expose(behind()))
    gauges = {key: value for key, value in whole.items() if "temporal_cluster" in dict(key[1])}
    counters = {key for key in gauges if key[0].endswith("_total")}
    assert len(counters) == 6
    assert series(probe_metrics(behind(), PLAIN).decode()) == {
        k: v for k, v in gauges.items() if k not in counters
    }


def test_instants_are_timestamps_and_never_ages() -> None:
    names = {re.sub("_(bucket|count|sum)$", "", name) for name, _ in series(expose(behind()))}
    timed = {name for name in names if "timestamp" in name or "age" in name or "duration" in name}
    assert all(name.endswith(("_timestamp_seconds", "_duration_seconds")) for name in timed)
    assert len(timed) >= 6


def test_versions_are_only_on_info_series_and_on_nodes() -> None:
    for name, labels in series(expose(behind())):
        if "version" in dict(labels):
            assert name.endswith("_info") or name == f"{PREFIX}component_nodes"


# Label values from outside


def with_version(version: str, *more: str) -> Snapshot:
    base = behind()
    nodes = tuple(Node(text) for text in (version, *more))
    first, *rest = base.observations
    seen = replace(first, facts=Facts("temporal", nodes))
    return replace(base, observations=(seen, rest[-1]))


def versions(text: str) -> set[str]:
    return {
        version for role, version in values(text, "component_info", "role", "version") if role == "server"
    }


def test_a_label_value_is_cut_at_128_characters_with_a_hash_that_keeps_long_ones_apart() -> None:
    assert versions(expose(with_version("a" * 128))) == {"a" * 128}
    long = versions(expose(with_version("a" * 129, "a" * 130)))
    assert len(long) == 2
    assert {len(version) for version in long} == {128}
    assert {version[:116] for version in long} == {"a" * 115 + "~"}
    assert long == versions(expose(with_version("a" * 129, "a" * 130)))


@both_formats
@pytest.mark.parametrize(
    "hostile",
    [
        'a"b\\c\nd',
        '"} 1\nevil 1\n',
        "1.31.2\r# TYPE evil gauge\r#",
        "\n# EOF\n",
        "a\x0b# HELP evil x\x0cb\x1c\x85\u2028# EOF",
        "\\n\\",
        "é€🙂",
        "\x00",
        "# HELP evil x",
    ],
)
def test_no_label_value_can_break_out_of_its_series(hostile: str, form: Format) -> None:
    text = expose(with_version(hostile), form=form)
    plain = expose(with_version("1.31.2"), form=form)
    assert len(series(text, form)) == len(series(plain, form))
    assert text.count("\n") == plain.count("\n")
    found = {
        dict(labels)["version"] for name, labels in series(text, form) if name == f"{PREFIX}component_info"
    }
    assert found == {hostile, "15.4 (Debian)"}


@given(
    texts=st.lists(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=200), min_size=1, max_size=3, unique=True
    )
)
def test_any_version_comes_back_from_the_text_or_is_cut(texts: list[str]) -> None:
    found = versions(expose(with_version(*texts)))
    assert len(found) == len(texts)
    assert {text for text in texts if len(text) <= 128} <= found


def test_products_and_environments_of_any_kind_are_written() -> None:
    snapshot = replace(silent(), subject=named("a", 'pro"duct\n', "\\live"))
    assert values(expose(snapshot), "cluster_info", "product", "temporal_environment") == {
        ('pro"duct\n', "\\live"): 1.0
    }


# Negotiation


@law(
    [
        ("", PLAIN),
        ("*/*", PLAIN),
        ("text/html", PLAIN),
        ("text/plain;version=0.0.4", PLAIN),
        ("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily", PLAIN),
        ("application/openmetrics-text", OPENMETRICS),
        ("application/openmetrics-text; version=1.0.0; charset=utf-8", OPENMETRICS),
        (
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
            "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
            OPENMETRICS,
        ),
        (";;,=", PLAIN),
    ],
)
def test_the_format_is_what_the_scraper_accepts(accept: str, form: Format) -> None:
    assert negotiate(accept) is form


def test_each_format_announces_itself() -> None:
    assert PLAIN.content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert OPENMETRICS.content_type.startswith("application/openmetrics-text; version=1.0.0")


# Over real judgements

_VERSIONS = st.sampled_from(["1.31.2", "1_31_2", "1.30.6", "1.24.2", "1.99.0", "garbage", ""])
_STORES = st.sampled_from(["15.4", "9.6.24", "99", "?"])


@given(
    grpc=st.lists(_VERSIONS, max_size=2),
    replicas=st.lists(st.lists(_VERSIONS, max_size=3), max_size=3),
    store=_STORES,
    schema=st.sampled_from(["1.19", "1.18", "2.0", "x"]),
    age=st.sampled_from([0.0, 200.0]),
)
def test_no_snapshot_has_two_series_of_the_same_labels(
    grpc: list[str], replicas: list[list[str]], store: str, schema: str, age: float
) -> None:
    seen: list[Observation] = [observation(Role.SERVER, *grpc)]
    seen += [
        observation(Role.SERVER, *nodes, endpoint="metrics", name=str(index))
        for index, nodes in enumerate(replicas)
    ]
    seen += [observation(role, store, schema=schema) for role in (Role.PERSISTENCE, Role.VISIBILITY)]
    snapshot = take(FROZEN, subject(sees_replicas=bool(replicas)), tuple(seen), NOW).at(FROZEN, later(age))
    assert series(expose(snapshot))
