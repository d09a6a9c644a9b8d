"""One round of every cluster, side by side."""

from __future__ import annotations

from pathlib import Path

from agent.config import load_config
from agent.model.vocabulary import Verdict
from agent.polling.one_shot import Assumption, probe_once
from tests.building import MATRIX
from tests.daemon.test_daemon import CALM
from tests.fleets import cluster, frontend, write_config


def test_every_cluster_is_probed_once_and_reported_in_the_order_of_the_configuration(tmp_path: Path) -> None:
    with frontend() as server:
        clusters = [cluster(tmp_path, name, server.address) for name in ("b", "a", "c")]
        config = load_config(write_config(tmp_path, clusters, **CALM))
        snapshots = probe_once(config, MATRIX)
    assert [snapshot.subject.name for snapshot in snapshots] == ["b", "a", "c"]
    assert {snapshot.judgement.verdict for snapshot in snapshots} == {Verdict.SUPPORTED}
    assert {observation.attempts for s in snapshots for observation in s.observations} == {1}


def test_what_is_probed_once_has_the_outlook_that_the_daemon_would_tell(tmp_path: Path) -> None:
    with frontend("1.30.4") as server:
        config = load_config(write_config(tmp_path, [cluster(tmp_path, "a", server.address)], **CALM))
        (snapshot,) = probe_once(config, MATRIX)
        (assumed,) = probe_once(config, MATRIX, Assumption("1.31.2"))
    assert [ahead.level for ahead in snapshot.outlook] == ["patch", "minor"]
    assert assumed.outlook == (), "it is that of what runs"
