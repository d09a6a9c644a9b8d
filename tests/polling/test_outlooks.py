"""Clusters that differ only in their names share an outlook; all others have their own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agent.model.observation import Observation
from agent.polling.outlooks import Outlooks
from agent.snapshot import Snapshot, take
from agent.upgrade import Outlook, outlook
from tests.building import FROZEN, NOW, healthy, later, subject


def snapshot(*observations: Observation, **changed: Any) -> Snapshot:
    return take(FROZEN, replace(subject(), **changed), observations or healthy(), NOW)


def named(cluster_id: str) -> tuple[Observation, ...]:
    """A healthy cluster of which the server has this id."""
    server, *stores = healthy()
    assert server.facts is not None
    return replace(server, facts=replace(server.facts, details={"cluster_id": cluster_id})), *stores


def test_only_what_the_outlook_depends_on_needs_another_one(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[str] = []

    def count(matrix: Any, cluster: Any, *others: Any) -> tuple[Outlook, ...]:
        looks.append(cluster.name)
        return outlook(matrix, cluster, *others)

    monkeypatch.setattr("agent.polling.outlooks.outlook", count)
    outlooks = Outlooks()
    alike = [
        snapshot(*named("1"), name="a"),
        snapshot(*named("2"), name="b", product="p", environment="e"),
        snapshot(*named("3"), name="c", same_as=("d",)),
    ]
    found = {outlooks.of(FROZEN, each, NOW) for each in alike}
    assert looks == ["a"]
    server, persistence, visibility = named("4")
    old = replace(visibility, observed=later(-1_000_000))
    others = [
        snapshot(server, persistence, name="no visibility"),
        snapshot(server, persistence, old, name="old"),
        snapshot(*named("4"), name="complete", is_complete=True),
    ]
    for each in others:
        outlooks.of(FROZEN, each, NOW)
    assert looks == ["a", "no visibility", "old", "complete"]
    assert found == {outlook(FROZEN, each.subject, each.observations, NOW) for each in alike}


def test_it_keeps_the_newest_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.polling.outlooks.outlook", lambda *_arguments: ())
    outlooks = Outlooks()
    for number in range(100):
        outlooks.of(FROZEN, snapshot(max_age=1000.0 + number), NOW)
    assert len(outlooks._known) == 64
