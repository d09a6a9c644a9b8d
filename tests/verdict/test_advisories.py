"""Published warnings about what runs: they are reported, and only a broken release changes a verdict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pytest

from agent.matrix import Release
from agent.matrix.advisories import Advisories
from agent.model.observation import Observation
from agent.model.vocabulary import Check, Level, Reason, Role, Verdict
from agent.verdict import ClusterSpec, Judgement, StoreSpec, judge
from tests.building import (
    MATRIX,
    MAX_AGE,
    NOW,
    POSTGRESQL,
    check,
    healthy,
    judged,
    judged_live,
    later,
    observation,
    replica,
    subject,
)
from tests.laws import law

UNWARNED = replace(MATRIX, advisories=Advisories([]))
ELASTICSEARCH = StoreSpec("elasticsearch")
CASSANDRA = StoreSpec("cassandra")
SQL = {name: StoreSpec(MATRIX.plugins.component_of(name), name) for name in MATRIX.plugins.names}
NOT_SQL = {"cassandra": CASSANDRA, "elasticsearch": ELASTICSEARCH}
STORES = {**SQL, **NOT_SQL}
ADVANCED_SQL = {"mysql8", "postgres12", "postgres12_pgx", "sqlite"}

#: From the brief of this check, not from the data: release, role, stores that it is broken for (None: all).
BROKEN = {
    "1.21.0": ("visibility", {"mysql8"}),
    "1.21.1": ("visibility", {"mysql8"}),
    "1.24.0": ("visibility", ADVANCED_SQL),
    "1.26.0": ("", None),
    "1.26.1": ("", None),
    "1.27.0": ("persistence", ADVANCED_SQL),
    "1.30.0": ("", None),
}


def running(release: Release) -> Observation:
    return observation(Role.SERVER, release.reported)


def cases() -> Iterator[tuple[Release, str, str, ClusterSpec]]:
    """Every release with every pair of stores that it has plugins for."""
    for release in MATRIX.releases.all:
        names = [name for name in STORES if name in NOT_SQL or name in release.plugins]
        for persistence, visibility in product(names, names):
            yield release, persistence, visibility, subject(STORES[persistence], STORES[visibility])


def server_version(judgement: Judgement) -> tuple[Verdict, Reason]:
    result = check(judgement, Role.SERVER, Check.VERSION)
    return result.verdict, result.reason


def ids(judgement: Judgement) -> list[str]:
    return [each.advisory.id for each in judgement.advisories]


def test_exactly_these_releases_are_broken_for_exactly_these_stores() -> None:
    for release, persistence, visibility, on in cases():
        role, stores = BROKEN.get(release.name, ("", set()))
        store = {"persistence": persistence, "visibility": visibility}.get(role, "")
        is_broken = stores is None or store in stores
        found = server_version(judged_live(running(release), on=on))
        expected = (Verdict.UNSUPPORTED, Reason.RELEASE_BROKEN)
        assert (found == expected) is is_broken, (release.name, persistence, visibility)


def test_a_warning_changes_no_verdict_and_a_broken_release_that_of_the_server_alone() -> None:
    for release, _, _, on in cases():
        observations = (running(release),)
        reported = judge(MATRIX, on, observations, NOW)
        untold = judge(UNWARNED, on, observations, NOW)
        assert untold.advisories == ()
        assert reported.start == untold.start
        changed = [
            (new.role, new.check, new.reason)
            for new, old in zip(reported.results, untold.results, strict=True)
            if new != old
        ]
        is_broken = any(each.advisory.broken for each in reported.advisories)
        expected = [(Role.SERVER, Check.VERSION, Reason.RELEASE_BROKEN)] if is_broken else []
        assert changed == expected
        if not is_broken:
            assert replace(reported, advisories=()) == untold


def test_a_broken_release_is_reported_with_its_source_and_still_starts() -> None:
    judgement = judged_live(
        observation(Role.SERVER, "1.24.0"),
        observation(Role.PERSISTENCE, "13.4", schema="1.12"),
        observation(Role.VISIBILITY, "13.4", schema="1.5"),
    )
    result = check(judgement, Role.SERVER, Check.VERSION)
    assert (result.verdict, result.reason) == (Verdict.UNSUPPORTED, Reason.RELEASE_BROKEN)
    assert "1.24.0" in result.message
    assert result.source == judgement.advisories[0].advisory.source
    assert judgement.verdict is Verdict.UNSUPPORTED
    assert judgement.start.would_start is True


@pytest.mark.parametrize("name", ["1.21.0", "1.21.1"])
def test_a_plugin_that_is_not_known_leaves_it_unknown_where_it_decides(name: str) -> None:
    on = subject(POSTGRESQL, StoreSpec("mysql"))
    judgement = judged_live(observation(Role.SERVER, name), on=on)
    assert server_version(judgement) == (Verdict.UNKNOWN, Reason.PLUGIN_UNKNOWN)
    assert check(judgement, Role.SERVER, Check.VERSION).source
    assert "rel-1.21.0-mysql-visibility" in ids(judgement)


@law(
    (*first, second)
    for first, second in product(
        [("mysql8", True), ("mysql", False), ("elasticsearch", False)], ["mysql8", "mysql", ""]
    )
)
def test_the_plugin_that_the_server_reported_goes_before_the_configured_one(
    reported: str, is_broken: bool, configured: str
) -> None:
    on = subject(POSTGRESQL, StoreSpec("mysql", configured))
    seen = observation(Role.SERVER, "1.21.0", plugins={Role.VISIBILITY: (reported,)})
    expected = Verdict.UNSUPPORTED if is_broken else Verdict.SUPPORTED
    assert server_version(judged_live(seen, on=on))[0] is expected


def test_a_store_that_only_the_server_names_counts() -> None:
    seen = observation(Role.SERVER, "1.24.0", plugins={Role.VISIBILITY: ("postgres12",)})
    on = subject(CASSANDRA, None)
    assert server_version(judged_live(seen, on=on)) == (Verdict.UNSUPPORTED, Reason.RELEASE_BROKEN)
    # With nobody to name it the role's own check is unknown; of the release there is nothing to say.
    silent = observation(Role.SERVER, "1.24.0")
    assert server_version(judged_live(silent, on=on)) == (Verdict.SUPPORTED, Reason.RELEASE_KNOWN)
    assert judged_live(silent, on=on).verdict is Verdict.UNKNOWN


def test_both_releases_behind_one_reported_version_are_retracted() -> None:
    judgement = judged_live(observation(Role.SERVER, "1.26.0"))
    assert server_version(judgement) == (Verdict.UNSUPPORTED, Reason.RELEASE_BROKEN)
    assert {"rel-1.26.0-accidental", "rel-1.26.1-retraction-only"} <= set(ids(judgement))


def test_one_broken_replica_is_enough() -> None:
    on = subject(sees_replicas=True)
    judgement = judged_live(replica("1.30.1", name="a"), replica("1.30.0", name="b"), on=on)
    assert server_version(judgement) == (Verdict.UNSUPPORTED, Reason.RELEASE_BROKEN)
    fine = judged_live(replica("1.30.1", name="a"), replica("1.30.2", name="b"), on=on)
    assert server_version(fine)[0] is Verdict.SUPPORTED


def test_a_broken_release_stays_so_when_the_server_falls_silent() -> None:
    late = later(2 * MAX_AGE)
    broken = judged_live(observation(Role.SERVER, "1.24.0"), now=late)
    assert server_version(broken) == (Verdict.UNSUPPORTED, Reason.RELEASE_BROKEN)
    fine = judged_live(observation(Role.SERVER, "1.24.2"), now=late)
    assert server_version(fine) == (Verdict.UNKNOWN, Reason.OBSERVATION_TOO_OLD)
    # Whether it is broken for a plugin that nobody knows says less than that it is silent.
    open_ = judged_live(
        observation(Role.SERVER, "1.21.0"), on=subject(POSTGRESQL, StoreSpec("mysql")), now=late
    )
    assert server_version(open_) == (Verdict.UNKNOWN, Reason.OBSERVATION_TOO_OLD)


def test_warnings_go_by_the_versions_that_were_last_read() -> None:
    on = subject(StoreSpec("mysql", "mysql8"), ELASTICSEARCH)
    old = observation(Role.PERSISTENCE, "8.0.18", component="mysql")
    new = observation(Role.PERSISTENCE, "8.0.36", component="mysql")
    server = observation(Role.SERVER, "1.31.2")
    for now in (NOW, later(2 * MAX_AGE)):
        assert "db-mysql-8.0.19" in ids(judged(server, old, on=on, now=now))
        assert "db-mysql-8.0.19" not in ids(judged(server, new, on=on, now=now))


@pytest.mark.parametrize("reported", ["1.99.0", "latest", "1.32.0-rc.1"])
def test_an_unknown_release_has_no_known_warnings(reported: str) -> None:
    assert judged(observation(Role.SERVER, reported)).advisories == ()


def test_before_the_server_answered_no_warning_is_known() -> None:
    assert judged(observation(Role.SERVER)).advisories == ()


def test_the_warnings_of_a_healthy_cluster_come_most_urgent_first_and_once_each() -> None:
    mixed = judged(*healthy(), replica("1.30.6"), on=subject(sees_replicas=True))
    assert ids(judged(*healthy())) == [
        "CVE-2026-89139",
        "CVE-2026-87858",
        "CVE-2026-16652",
        "CVE-2026-65651",
        "CVE-2026-16651",
        "CVE-2026-89140",
        "CVE-2026-104355",
    ]
    assert len(ids(mixed)) == len(set(ids(mixed)))
    levels = [list(Level).index(each.advisory.level) for each in mixed.advisories]
    assert levels == sorted(levels)
