"""Metrics of verdicts and findings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.matrix import Release
from agent.metrics.cluster_text import cluster_text
from agent.model.observation import Instant
from agent.model.vocabulary import Role, Verdict
from agent.snapshot import Snapshot, take
from agent.upgrade import Outlook
from tests.building import FROZEN, MATRIX, MAX_AGE, NOW, healthy, later, observation, subject
from tests.laws import law
from tests.metrics.reading import expose, values
from tests.web.samples import behind, silent


def test_a_cluster_has_all_four_verdicts_and_a_check_only_the_one_that_holds() -> None:
    text = expose(behind(), silent())
    found = values(text, "cluster_verdict", "temporal_cluster", "product", "temporal_environment", "verdict")
    for owner in (("orders-live", "orders", "live"), ("payments-live", "", "")):
        of_cluster = {key[-1]: value for key, value in found.items() if key[:-1] == owner}
        assert set(of_cluster) == set(Verdict)
        assert sorted(of_cluster.values()) == [0, 0, 0, 1]
    checks = values(text, "verdict", "temporal_cluster", "role", "check", "component", "verdict")
    assert len({key[:-1] for key in checks}) == len(checks)
    assert set(checks.values()) == {1}


def _in_turn() -> list[tuple[Snapshot, Instant]]:
    """Four rounds of one cluster: healthy, the same, with a schema behind, healthy."""
    server, _, visibility = healthy()
    old = (server, observation(Role.PERSISTENCE, "15.4", schema="1.18"), visibility)
    before = take(FROZEN, subject(), healthy(), NOW, round_ended=False)
    rounds = []
    for number, seen in enumerate((healthy(), healthy(), old, healthy()), 1):
        before = take(FROZEN, subject(), seen, later(number), before=before)
        rounds.append((before, later(number)))
    return rounds


def test_a_verdict_holds_since_it_changed() -> None:
    (first, _), (second, _), (third, changed), (last, mended) = _in_turn()
    schema = "verdict_since_timestamp_seconds", "role", "check"
    cluster = ("cluster_verdict_since_timestamp_seconds",)
    assert values(expose(third), *schema) == {("persistence", "schema"): changed.wall}
    assert values(expose(third), *cluster) == {(): changed.wall}
    assert values(expose(last), *schema) == {}
    assert values(expose(last), *cluster) == {(): mended.wall}
    assert values(expose(first), *cluster) == values(expose(second), *cluster) == {(): later(1).wall}
    aged = third.at(FROZEN, later(MAX_AGE + 10))
    assert values(expose(aged), *schema)["server", "version"] == later(MAX_AGE + 10).wall
    assert values(expose(aged), *schema)["persistence", "schema"] == later(MAX_AGE + 10).wall


def test_a_probe_on_request_does_not_know_since_when_a_verdict_holds() -> None:
    text = expose(take(FROZEN, subject(), healthy(), NOW))
    assert values(text, "verdict_since_timestamp_seconds", "role") == {}
    assert values(text, "cluster_verdict_since_timestamp_seconds") == {}


def _of_release(release: Release) -> Snapshot:
    needed = release.schema["postgresql/v12"]
    observations = (
        observation(Role.SERVER, release.name),
        observation(Role.PERSISTENCE, "15.4", schema=needed["default"]),
        observation(Role.VISIBILITY, "15.4", schema=needed["visibility"]),
    )
    return take(MATRIX, subject(), observations, NOW)


def _series(snapshot: Snapshot) -> list[bytes]:
    seen = tuple(replace(each, duration=0.5) for each in snapshot.observations)
    ahead = tuple(Outlook(level, "1.32.2", 0, 1, 3) for level in ("patch", "minor"))
    lines = b"".join(cluster_text(replace(snapshot, observations=seen, outlook=ahead)).texts).splitlines()
    return [line for line in lines if not line.startswith(b"#")]


@law(map(_of_release, (release for release in MATRIX.releases.all if release.minor >= (1, 28))))
def test_a_cluster_of_a_frontend_and_two_stores_has_at_most_60_series(snapshot: Snapshot) -> None:
    assert 40 < len(_series(snapshot)) <= 60


@law([snapshot for snapshot, _ in _in_turn()])
def test_a_cluster_in_any_state_has_at_most_60_series_besides_warnings(snapshot: Snapshot) -> None:
    assert 40 < len([line for line in _series(snapshot) if b"advisory_info" not in line]) <= 60


@pytest.mark.parametrize(
    ("answer", "expected"),
    [(True, {("orders", "live"): 1.0}), (False, {("orders", "live"): 0.0}), (None, {})],
)
def test_would_start_is_absent_where_it_is_not_known(
    answer: bool | None, expected: dict[tuple[str, str], float]
) -> None:
    base = behind()
    start = replace(base.judgement.start, would_start=answer)
    snapshot = replace(base, judgement=replace(base.judgement, start=start))
    assert values(expose(snapshot), "would_start", "product", "temporal_environment") == expected


def test_two_findings_of_the_same_labels_are_one_series() -> None:
    base = behind()
    judgement = replace(base.judgement, remarks=base.judgement.remarks * 2)
    assert len(values(expose(replace(base, judgement=judgement)), "finding_info", "reason")) == 3
