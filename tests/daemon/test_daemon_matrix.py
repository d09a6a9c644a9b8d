"""Waivers and matrices in a daemon: what a reload and a refresh change, and what they leave as it is."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from agent.config import ConfigError
from agent.daemon.daemon import Daemon
from agent.matrix import Matrix
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.snapshot import Snapshot, take
from agent.web.app import make_app
from tests.building import FROZEN, check
from tests.daemon.test_daemon import CALM, running
from tests.fleets import cluster, eventually, frontend, write_config
from tests.matrix_sources import bundles
from tests.matrix_sources.bundles import NEXT, newer, write
from tests.web.samples import ask

WAIVER = {
    "role": "persistence",
    "check": "schema",
    "reason": "schema_behind",
    "comment": "upgraded next week",
    "until": "2999-12-31",
}
MINE = """
statements:
  - {component: sqlite, roles: [persistence], kind: untested, versions: ["==3.*"], releases: "*",
     summary: Nobody of us runs it., source: our own tests}
"""


def _only(daemon: Daemon) -> Snapshot:
    (snapshot,) = daemon.snapshots()
    return snapshot


def _settings(tmp_path: Path, **keys: Any) -> dict[str, Any]:
    mine = tmp_path / "mine.yaml"
    if not mine.exists():
        mine.write_text(MINE)
    return {**CALM, "matrix": {"overlays": ["mine.yaml"], **keys}}


def test_a_waiver_that_is_added_counts_at_once_and_loses_no_knowledge(tmp_path: Path) -> None:
    with frontend() as server:
        behind = cluster(tmp_path, "a", server.address, schema="0.9")
        path = write_config(tmp_path, [behind], **CALM)
        with running(path) as daemon:
            assert eventually(lambda: _only(daemon).judgement.verdict is Verdict.UNSUPPORTED)
            entry = daemon.fleet.entries["a"]
            write_config(tmp_path, [behind | {"waivers": [WAIVER]}], **CALM)
            assert daemon.reload() == ()
            judgement = _only(daemon).judgement
            assert daemon.fleet.entries["a"] is entry
            assert judgement.verdict is Verdict.SUPPORTED
            assert check(judgement, Role.PERSISTENCE, Check.SCHEMA).verdict is Verdict.UNSUPPORTED
            assert _only(daemon) is _only(daemon)
            rounds = daemon.state().rounds
            assert eventually(lambda: daemon.state().rounds > rounds + 1)
            assert _only(daemon).judgement.verdict is Verdict.SUPPORTED
            write_config(tmp_path, [behind | {"waivers": [WAIVER | {"until": "2020-01-01"}]}], **CALM)
            assert daemon.reload() == ()
            judgement = _only(daemon).judgement
            assert judgement.verdict is Verdict.UNSUPPORTED
            assert Reason.WAIVER_EXPIRED in {remark.reason for remark in judgement.remarks}


def test_probing_on_demand_counts_waivers_too(tmp_path: Path) -> None:
    with frontend() as server:
        behind = cluster(tmp_path, "a", server.address, schema="0.9") | {"waivers": [WAIVER]}
        daemon = Daemon(write_config(tmp_path, [behind], **CALM), FROZEN, scheduled=False)
        asked = daemon.probe("a", None)
    assert asked is not None
    assert asked.judgement.verdict is Verdict.SUPPORTED


def test_an_overlay_counts_and_a_reload_reads_it_again(tmp_path: Path) -> None:
    with frontend() as server:
        clusters = [cluster(tmp_path, "a", server.address)]
        path = write_config(tmp_path, clusters, **_settings(tmp_path))
        with running(path) as daemon:
            assert eventually(lambda: _only(daemon).judgement.verdict is Verdict.UNTESTED)
            result = check(_only(daemon).judgement, Role.PERSISTENCE, Check.VERSION)
            assert result.source == "our own tests (overlay mine.yaml)"
            digest = daemon.state().matrix_digest
            assert digest != FROZEN.digest
            # A damaged one leaves all as it is.
            (tmp_path / "mine.yaml").write_text("statements: 7")
            assert daemon.reload() == (f"{tmp_path / 'mine.yaml'}:1: statements: write a list here",)
            assert not daemon.state().config_ok
            assert daemon.state().matrix_digest == digest
            assert _only(daemon).judgement.verdict is Verdict.UNTESTED
            # One that says nothing gives the matrix its word back, before any round.
            (tmp_path / "mine.yaml").write_text("statements: []")
            assert daemon.reload() == ()
            assert _only(daemon).judgement.verdict is Verdict.SUPPORTED
            assert daemon.state().matrix_digest == FROZEN.digest


@pytest.mark.parametrize("what", ["mine.yaml", "matrix.json"])
def test_a_damaged_file_of_the_matrix_at_start_is_an_error(tmp_path: Path, what: str) -> None:
    write(tmp_path, newer())
    path = write_config(tmp_path, [], **_settings(tmp_path, file="matrix.json"))
    Daemon(path, FROZEN)
    (tmp_path / what).write_text("[")
    with pytest.raises(ConfigError, match=str(tmp_path / what)):
        Daemon(path, FROZEN)


def test_after_a_refresh_every_snapshot_and_round_uses_the_newer_file(tmp_path: Path) -> None:
    write(tmp_path, newer())
    with frontend("1.99.1") as server:
        clusters = [cluster(tmp_path, name, server.address) for name in ("a", "b")]
        settings = _settings(tmp_path, file="matrix.json", overlays=[])
        with running(write_config(tmp_path, clusters, **settings)) as daemon:
            assert eventually(lambda: all(s.judgement.server for s in daemon.snapshots()))
            assert daemon.state().newest_release == NEXT
            known = [check(s.judgement, Role.SERVER, Check.VERSION) for s in daemon.snapshots()]
            assert {result.reason for result in known} == {Reason.RELEASE_UNKNOWN}
            write(tmp_path, newer("1.99.1"))
            daemon.refresh_matrix()
            known = [check(s.judgement, Role.SERVER, Check.VERSION) for s in daemon.snapshots()]
            assert {result.reason for result in known} == {Reason.RELEASE_KNOWN}
            assert daemon.state().newest_release == "1.99.1"
            rounds = daemon.state().rounds
            assert eventually(lambda: daemon.state().rounds > rounds + 2)
            known = [check(s.judgement, Role.SERVER, Check.VERSION) for s in daemon.snapshots()]
            assert {result.reason for result in known} == {Reason.RELEASE_KNOWN}


def test_a_refresh_that_fails_keeps_the_matrix_and_says_so(tmp_path: Path) -> None:
    file = write(tmp_path, newer())
    path = write_config(tmp_path, [], **_settings(tmp_path, file="matrix.json"))
    daemon = Daemon(path, FROZEN)
    before = daemon.state()
    assert before.matrix_problems == ()
    file.write_text("{")
    daemon.refresh_matrix()
    after = daemon.state()
    assert after.matrix_problems[0].startswith(f"{file}:1: is not valid JSON")
    assert (after.matrix_digest, after.matrix_published) == (before.matrix_digest, before.matrix_published)
    assert after.config_ok
    page = ask(make_app(daemon), "/").text
    assert "A newer matrix could not be loaded" in page
    assert "is not valid JSON" in page


def test_an_older_file_leaves_the_built_in_matrix_and_the_agent_begins(tmp_path: Path) -> None:
    write(tmp_path, bundles.older())
    path = write_config(tmp_path, [], **_settings(tmp_path, file="matrix.json", overlays=[]))
    state = Daemon(path, FROZEN).state()
    assert state.matrix_digest == FROZEN.digest
    assert "is not used: it was published on" in state.matrix_problems[0]


def test_the_watch_refreshes_when_it_is_time(tmp_path: Path) -> None:
    write(tmp_path, newer())
    settings = _settings(tmp_path, file="matrix.json", overlays=[], refresh="1s")
    daemon = Daemon(write_config(tmp_path, [], **settings), FROZEN)
    stop = threading.Event()
    watch = threading.Thread(target=daemon.watch_matrix, args=(stop,))
    watch.start()
    try:
        write(tmp_path, newer("1.99.1"))
        assert eventually(lambda: daemon.state().newest_release == "1.99.1")
    finally:
        stop.set()
        watch.join()


def test_a_round_uses_the_matrix_that_was_current_when_it_began(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[Matrix] = []
    write(tmp_path, newer())
    path = write_config(
        tmp_path,
        [cluster(tmp_path, "a", "127.0.0.1:1")],
        **_settings(tmp_path, file="matrix.json", overlays=[]),
    )
    daemon = Daemon(path, FROZEN)
    cycle = daemon.fleet.entries["a"].cycle
    began = cycle.matrix

    def slow(*_arguments: Any) -> bool:
        # Meanwhile another matrix comes into use.
        write(tmp_path, newer("1.99.1"))
        daemon.refresh_matrix()
        return True

    def remember(matrix: Matrix, *args: Any, **kwargs: Any) -> Snapshot:
        used.append(matrix)
        return take(matrix, *args, **kwargs)

    monkeypatch.setattr("agent.polling.cluster_poller._ended", slow)
    monkeypatch.setattr("agent.polling.cluster_poller.take", remember)
    cycle.round()
    assert used == [began]
    assert cycle.matrix is not began
