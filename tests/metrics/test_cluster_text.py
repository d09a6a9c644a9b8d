"""The text of a cluster: the bytes of prometheus_client, and the same objects where nothing changed."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from agent.metrics.cluster_text import cluster_text
from agent.metrics.exposition import OPENMETRICS, PLAIN, render
from agent.metrics.families import CHANGING_FAMILIES, CLUSTER_FAMILIES
from agent.metrics.family import CLUSTER_LABEL
from agent.model.observation import Facts, Failure, Instant, Node
from agent.model.vocabulary import Reason
from agent.snapshot import Snapshot
from tests.building import FROZEN
from tests.web.samples import AT, behind, silent, subject

FAILURE = Failure(Reason.TIMEOUT, "no answer within 10 seconds")


def by_the_library(snapshot: Snapshot) -> list[list[bytes]]:
    """For both formats: the lines of each family without HELP and TYPE, as prometheus_client writes them."""
    return [
        [
            b"".join(
                line + b"\n"
                for line in render([metric], form).split(b"\n")
                if line and not line.startswith(b"#")
            )
            for family in CLUSTER_FAMILIES
            for metric in [family.metric(snapshot, {CLUSTER_LABEL: snapshot.subject.name})]
        ]
        for form in (PLAIN, OPENMETRICS)
    ]


def test_the_text_is_that_of_the_library_in_both_formats() -> None:
    for snapshot in (behind(), silent(), silent('a"b\\c\nd')):
        text = list(cluster_text(snapshot).texts)
        assert by_the_library(snapshot) == [text, text]


@given(
    text=st.text(st.characters(exclude_categories=["Cs"]), max_size=200),
    number=st.floats(allow_nan=True) | st.integers(-(10**9), 10**9),
)
def test_any_label_and_any_number_is_written_as_the_library_writes_it(text: str, number: float) -> None:
    number += 0.0  # The library writes a negative zero; no metric has one.
    base = behind()
    seen = replace(
        base.observations[0],
        facts=Facts("temporal", (Node(text),)),
        duration=number,
        observed=Instant(wall=number, mono=0.0),
    )
    snapshot = replace(base, subject=subject(text, text[::-1], text), observations=(seen,))
    written = list(cluster_text(snapshot).texts)
    assert by_the_library(snapshot) == [written, written]


def test_a_lone_surrogate_does_not_cost_the_exposition() -> None:
    snapshot = replace(silent(), subject=subject("a", "pro\ud800duct"))
    assert b'product="pro?duct"' in b"".join(cluster_text(snapshot).texts)


def next_round(snapshot: Snapshot) -> Snapshot:
    """The same cluster as the next round of a healthy cluster finds it."""
    seen = tuple(
        replace(o, attempts=o.attempts + 1, duration=0.125, observed=Instant(1_790_000_060.0, 5_060.0))
        for o in snapshot.observations
    )
    judgement = replace(snapshot.judgement, valid_until=9_999.0)
    return replace(snapshot, observations=seen, judgement=judgement, taken=Instant(1_790_000_060.0, 5_060.0))


def test_a_round_that_finds_the_same_keeps_all_texts_but_those_of_the_probes() -> None:
    before = cluster_text(behind())
    after = cluster_text(next_round(behind()), before)
    changed = {
        family.name
        for family, old, new in zip(CLUSTER_FAMILIES, before.texts, after.texts, strict=True)
        if old is not new
    }
    assert changed <= {family.name for family in CHANGING_FAMILIES}
    assert "temporal_compat_probe_duration_seconds" in changed
    assert "temporal_compat_probe_up" not in changed
    assert after.texts == cluster_text(next_round(behind())).texts


def test_what_a_round_changed_is_rendered() -> None:
    first = behind()
    before = cluster_text(first)
    others = (
        replace(first, subject=subject("orders-live", "other")),
        replace(first, judgement=silent().judgement),
        replace(first, outlook=()),
        replace(first, observations=first.observations[1:]),
        replace(first, observations=tuple(replace(o, failures=o.failures + 1) for o in first.observations)),
        replace(first, observations=tuple(replace(o, failure=FAILURE) for o in first.observations)),
        silent("orders-live"),
        first.at(FROZEN, Instant(AT.wall + 10**6, AT.mono + 10**6)),
    )
    for other in others:
        assert cluster_text(other, before).texts == cluster_text(other).texts
