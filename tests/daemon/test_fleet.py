"""The fleet: reading it changes nothing."""

from __future__ import annotations

import threading
from pathlib import Path

from agent.config import load_config
from agent.daemon.fleet import Fleet
from tests.building import FROZEN
from tests.fleets import cluster, frontend, write_config

#: No probe runs into this timeout, however loaded the machine is.
CALM = {"interval": "20s", "timeout": "10s", "max_age": "60s"}


def ended_round(fleet: Fleet, name: str) -> None:
    ended = threading.Event()
    assert fleet.entries[name].begin(lambda _seconds: ended.set())
    assert ended.wait(10)


def names(fleet: Fleet) -> dict[str, tuple[str, ...]]:
    return {name: entry.cycle.subject.same_as for name, entry in fleet.entries.items()}


def test_duplicates_are_known_once_a_round_has_ended_and_reading_changes_nothing(tmp_path: Path) -> None:
    with frontend() as server:
        clusters = [cluster(tmp_path, name, server.address) for name in ("a", "b")]
        fleet = Fleet(load_config(write_config(tmp_path, clusters, **CALM)), FROZEN)
        ended_round(fleet, "a")
        assert names(fleet) == {"a": (), "b": ()}
        ended_round(fleet, "b")
        assert names(fleet) == {"a": ("b",), "b": ("a",)}
        before = [entry.cycle.subject for entry in fleet.entries.values()]
        fleet.snapshots()
        assert all(
            entry.cycle.subject is was for entry, was in zip(fleet.entries.values(), before, strict=True)
        )
        fleet.close()


def test_a_fleet_that_is_built_knows_the_duplicates_that_stayed(tmp_path: Path) -> None:
    with frontend() as server:
        clusters = [cluster(tmp_path, name, server.address) for name in ("a", "b", "c")]
        fleet = Fleet(load_config(write_config(tmp_path, clusters, **CALM)), FROZEN)
        for name in fleet.entries:
            ended_round(fleet, name)
        fewer = Fleet(load_config(write_config(tmp_path, clusters[:2], **CALM)), FROZEN, fleet)
        assert names(fewer) == {"a": ("b",), "b": ("a",)}
        # A round that the fleet before had begun is one of this fleet once it ends.
        fewer.entries["a"].identity_changed()
        assert names(fewer) == {"a": ("b",), "b": ("a",)}
        fleet.close()


def test_a_cluster_with_a_new_id_stops_being_a_duplicate(tmp_path: Path) -> None:
    with frontend() as server:
        clusters = [cluster(tmp_path, name, server.address) for name in ("a", "b")]
        fleet = Fleet(load_config(write_config(tmp_path, clusters, **CALM)), FROZEN)
        for name in fleet.entries:
            ended_round(fleet, name)
        with frontend(name="other") as other:
            moved = [clusters[0], cluster(tmp_path, "b", other.address)]
            after = Fleet(load_config(write_config(tmp_path, moved, **CALM)), FROZEN, fleet)
            ended_round(after, "b")
            assert names(after) == {"a": (), "b": ()}
            after.close()
        fleet.close()
