"""Configured clusters that are the same cluster are recognized, and distinguished again later."""

from __future__ import annotations

from pathlib import Path

from agent.config import load_config
from agent.daemon.fleet import Fleet
from agent.model.vocabulary import Check, Reason, Verdict
from agent.polling.duplicate_clusters import ClusterIds
from agent.polling.one_shot import probe_once
from agent.snapshot import Snapshot
from tests.building import FROZEN
from tests.daemon.test_daemon import CALM
from tests.fleets import cluster, eventually, frontend, write_config


def remarks(snapshot: Snapshot) -> list[str]:
    found = snapshot.judgement.remarks
    assert all(r.verdict is Verdict.SUPPORTED and r.check is Check.CONFIGURATION for r in found)
    return [remark.message for remark in found if remark.reason is Reason.SAME_CLUSTER]


def test_two_clusters_with_one_id_name_each_other_and_a_third_names_neither(tmp_path: Path) -> None:
    with frontend(name="one") as one, frontend(name="other") as other:
        addresses = {"a": one.address, "b": one.address, "c": other.address}
        clusters = [cluster(tmp_path, name, address) for name, address in addresses.items()]
        config = load_config(write_config(tmp_path, clusters, **CALM))
        a, b, c = probe_once(config, FROZEN)
    assert [text[:44] for text in remarks(a)] == ["the cluster id demo-one is also the id of b:"]
    assert [text[:44] for text in remarks(b)] == ["the cluster id demo-one is also the id of a:"]
    assert remarks(c) == []
    assert a.judgement.verdict is Verdict.SUPPORTED


def test_the_daemon_reports_duplicates_once_both_have_answered_and_a_reload_forgets_removed_clusters(
    tmp_path: Path,
) -> None:
    with frontend() as server:
        clusters = [cluster(tmp_path, name, server.address) for name in ("a", "b")]
        fleet = Fleet(load_config(write_config(tmp_path, clusters, **CALM)), FROZEN)
        assert [remarks(snapshot) for snapshot in fleet.snapshots()] == [[], []]
        for entry in fleet.entries.values():
            assert entry.begin(lambda _seconds: None)
        assert eventually(lambda: all(entry.first_round_done for entry in fleet.entries.values()))
        first, second = fleet.snapshots()
        assert remarks(first)
        assert remarks(second)
        alone = Fleet(load_config(write_config(tmp_path, clusters[:1], **CALM)), FROZEN, fleet)
        assert [remarks(snapshot) for snapshot in alone.snapshots()] == [[]]
        fleet.close()
        alone.close()


def test_a_change_of_ids_concerns_only_the_clusters_that_share_them() -> None:
    known = ClusterIds(["a", "b", "c", "d"])
    assert known.change("c", {"1"}) == {"c"}
    assert known.change("b", {"2"}) == {"b"}
    assert known.change("a", {"1"}) == {"a", "c"}
    assert known.change("d", {"1", "2"}) == {"a", "b", "c", "d"}
    assert known.change("d", {"1", "2"}) == {"d"}
    assert [known.same_as(name) for name in "abcd"] == [("c", "d"), ("d",), ("a", "d"), ("a", "c", "b")]
    assert known.change("d", set()) == {"a", "b", "c", "d"}
    assert [known.same_as(name) for name in "abcd"] == [("c",), (), ("a",), ()]
