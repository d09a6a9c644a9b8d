"""A store of the user's own: never green by itself, and refused where the release has no place for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from agent.model.observation import Observation
from agent.model.vocabulary import SEVERITY, Check, Reason, Role, Verdict
from agent.verdict import ClusterSpec, Judgement, StoreSpec, Waiver
from tests.building import (
    MATRIX,
    MAX_AGE,
    TIMEOUT,
    Plugins,
    check,
    healthy,
    judged_as,
    judged_live,
    later,
    observation,
)
from tests.laws import law

CUSTOM = StoreSpec("custom", label="my-store")
ROLES = (Role.PERSISTENCE, Role.VISIBILITY, Role.SECONDARY_VISIBILITY)
UNTESTED = (Verdict.UNTESTED, Reason.CUSTOM_STORE)
REFUSED = (Verdict.UNSUPPORTED, Reason.COMPONENT_NOT_SUPPORTED)


def on(*roles: Role) -> ClusterSpec:
    """A cluster on PostgreSQL but for these roles."""
    stores = {role: StoreSpec("postgresql", "postgres12") for role in (Role.PERSISTENCE, Role.VISIBILITY)}
    stores |= dict.fromkeys(roles, CUSTOM)
    return ClusterSpec("orders-live", "orders", "live", stores, MAX_AGE, sees_replicas=False)


def given(server: Observation, *roles: Role) -> Judgement:
    others = [seen for seen in healthy()[1:] if seen.target.role not in roles]
    (version, *_others) = [node.version for node in server.facts.nodes] if server.facts else [""]
    return judged_as(version, server, *others, on=on(*roles))


def version(judgement: Judgement, role: Role) -> tuple[Verdict, Reason]:
    result = check(judgement, role, Check.VERSION)
    return result.verdict, result.reason


@pytest.mark.parametrize("role", ROLES)
def test_it_is_untested_starts_and_has_no_schema_or_plugin(role: Role) -> None:
    judgement = given(observation(Role.SERVER, "1.31.2"), role)
    assert version(judgement, role) == UNTESTED
    assert "my-store" in check(judgement, role, Check.VERSION).message
    checks = {result.check for result in judgement.results if result.role is role}
    required = set() if role is Role.SECONDARY_VISIBILITY else {Check.REQUIRED}
    assert checks == {Check.VERSION} | required
    assert judgement.verdict is Verdict.UNTESTED
    assert judgement.start.would_start is True
    assert role not in {state.role for state in judgement.schemas}


@pytest.mark.parametrize(
    ("role", "last", "first"),
    [
        (Role.PERSISTENCE, "1.10.5", "1.11.0"),
        (Role.VISIBILITY, "1.22.7", "1.23.0"),
        (Role.SECONDARY_VISIBILITY, "1.22.7", "1.23.0"),
    ],
)
def test_a_release_without_a_place_for_it_in_this_role_refuses_it(role: Role, last: str, first: str) -> None:
    before, after = (judged_of(name, role) for name in (last, first))
    assert version(before, role) == REFUSED
    assert version(after, role) == UNTESTED
    # A second visibility store that a release has no place for is left out.
    assert (before.start.would_start is False) is (role is not Role.SECONDARY_VISIBILITY)


def judged_of(release: str, role: Role) -> Judgement:
    return judged_live(*healthy()[1:], on=replace(on(role), assumed=release))


@pytest.mark.parametrize("role", ROLES)
def test_over_all_releases_it_is_refused_first_and_then_never_again(role: Role) -> None:
    found = [version(judged_of(release.name, role), role) for release in MATRIX.releases.all]
    turn = found.index(UNTESTED)
    assert set(found[:turn]) == {REFUSED}
    assert set(found[turn:]) == {UNTESTED}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    ("server", "reason"), [("latest", Reason.SERVER_UNKNOWN), ("1.99.0", Reason.RELEASE_UNKNOWN)]
)
def test_with_a_server_that_is_not_known_it_is_unknown(role: Role, server: str, reason: Reason) -> None:
    judgement = given(observation(Role.SERVER, server), role)
    assert version(judgement, role) == (Verdict.UNKNOWN, reason)
    assert judgement.start.would_start is None


def test_of_several_releases_the_worst_decides() -> None:
    mixed = observation(Role.SERVER, "1.22.7", "1.23.1")
    judgement = given(mixed, Role.VISIBILITY)
    assert version(judgement, Role.VISIBILITY) == REFUSED
    assert judgement.start.would_start is False


def test_a_server_that_fell_silent_takes_even_that_away_and_would_start_all_the_same() -> None:
    silent = observation(Role.SERVER, "1.31.2", at=later(-MAX_AGE), failure=TIMEOUT)
    judgement = given(silent, Role.PERSISTENCE)
    assert version(judgement, Role.PERSISTENCE) == (Verdict.UNKNOWN, Reason.OBSERVATION_TOO_OLD)
    assert judgement.start.would_start is True


def plugins(persistence: str, visibility: str) -> Plugins:
    return {Role.PERSISTENCE: (persistence,), Role.VISIBILITY: tuple(visibility.split(","))}


@law(product(ROLES, ["mysql8", "postgres12", "cassandra", "elasticsearch", "sqlite"]))
def test_where_the_server_reports_one_of_its_own_kinds_it_uses_another_store(
    role: Role, reported: str
) -> None:
    words = plugins(reported if role is Role.PERSISTENCE else "postgres12", f"postgres12,{reported}")
    if role is Role.VISIBILITY:
        words = plugins("postgres12", reported)
    judgement = given(observation(Role.SERVER, "1.31.2", plugins=words), role)
    found = {(result.verdict, result.reason) for result in judgement.results if result.role is role}
    assert found == {(Verdict.UNKNOWN, Reason.OTHER_STORE)}
    assert {result.check for result in judgement.results if result.role is role} <= {
        Check.VERSION,
        Check.REQUIRED,
    }


def test_any_other_store_name_of_the_server_means_a_custom_store() -> None:
    seen = observation(Role.SERVER, "1.31.2", plugins=plugins("my-own", "postgres12"))
    judgement = given(seen, Role.PERSISTENCE)
    assert version(judgement, Role.PERSISTENCE) == UNTESTED
    assert judgement.remarks == ()


def test_a_waiver_accepts_it_and_leaves_its_own_verdict() -> None:
    waiver = Waiver(Role.PERSISTENCE, Check.VERSION, Reason.CUSTOM_STORE, "tested by us", date(2030, 1, 1))
    server = observation(Role.SERVER, "1.31.2")
    judgement = judged_live(server, healthy()[2], on=replace(on(Role.PERSISTENCE), waivers=(waiver,)))
    assert version(judgement, Role.PERSISTENCE) == UNTESTED
    assert judgement.verdict is Verdict.SUPPORTED


def test_it_never_makes_a_cluster_better() -> None:
    for release in MATRIX.releases.all:
        for role in ROLES:
            verdict = version(judged_of(release.name, role), role)[0]
            assert SEVERITY.index(verdict) >= SEVERITY.index(Verdict.UNTESTED)
