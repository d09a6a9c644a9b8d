"""The server's checks: its version, its replicas, and the state that metrics show."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from agent.model.observation import Observation
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict import Judgement, ServerFile
from tests.building import (
    MAX_AGE,
    NOT_READ,
    TIMEOUT,
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

SEES = subject(sees_replicas=True)


def seen(*observations: Observation) -> Judgement:
    """A cluster whose stores are well and that shows its replicas."""
    return judged_live(*observations, *healthy()[1:], on=SEES)


def version_of(*versions: str) -> tuple[Verdict, Reason]:
    result = check(
        judged_live(observation(Role.SERVER, *versions), *healthy()[1:], matrix=NOT_READ),
        Role.SERVER,
        Check.VERSION,
    )
    return result.verdict, result.reason


def replicas_of(*observations: Observation) -> tuple[Verdict, Reason]:
    result = check(seen(*observations), Role.SERVER, Check.REPLICAS)
    return result.verdict, result.reason


@law(
    [
        ("1.31.2", Verdict.SUPPORTED, Reason.RELEASE_KNOWN),
        ("1_31_2", Verdict.SUPPORTED, Reason.RELEASE_KNOWN),
        ("1.28.3", Verdict.SUPPORTED, Reason.RELEASE_AMBIGUOUS),
        ("1.10.0", Verdict.SUPPORTED, Reason.RELEASE_AMBIGUOUS),
        ("1.31.3", Verdict.UNTESTED, Reason.RELEASE_NOT_READ),
        ("1.99.0", Verdict.UNKNOWN, Reason.RELEASE_UNKNOWN),
        ("1.24.0-rc.2", Verdict.UNKNOWN, Reason.RELEASE_UNKNOWN),
        ("1.25.0-113.3", Verdict.UNKNOWN, Reason.RELEASE_UNKNOWN),
        ("latest", Verdict.UNKNOWN, Reason.VERSION_UNREADABLE),
        ("9" * 10_000, Verdict.UNKNOWN, Reason.VERSION_UNREADABLE),
    ],
)
def test_a_server_is_judged_by_the_release_that_it_reports(
    version: str, verdict: Verdict, reason: Reason
) -> None:
    assert version_of(version) == (verdict, reason)


def test_of_several_versions_the_worst_decides() -> None:
    assert version_of("1.31.2", "1.31.3") == (Verdict.UNTESTED, Reason.RELEASE_NOT_READ)
    assert version_of("1.31.2", "1.99.0") == (Verdict.UNKNOWN, Reason.RELEASE_UNKNOWN)
    assert version_of("1.31.2", "latest") == (Verdict.UNKNOWN, Reason.VERSION_UNREADABLE)


def test_an_ambiguous_release_is_a_finding_that_names_both() -> None:
    judgement = judged_live(observation(Role.SERVER, "1.10.0"), *healthy()[1:])
    (finding,) = [f for f in judgement.findings if (f.role, f.check) == (Role.SERVER, Check.VERSION)]
    assert "1.10.0 or 1.11.0" in finding.message


def test_every_answer_of_the_server_counts() -> None:
    judgement = judged_live(
        observation(Role.SERVER, "1.31.2", endpoint="grpc"),
        observation(Role.SERVER, "1.99.0", endpoint="http"),
        *healthy()[1:],
    )
    assert check(judgement, Role.SERVER, Check.VERSION).verdict is Verdict.UNKNOWN


def test_there_is_no_check_of_replicas_without_a_target_that_shows_them() -> None:
    judgement = judged_live(*healthy())
    assert Check.REPLICAS not in {result.check for result in judgement.results}


def test_replicas_of_one_version_are_supported_and_no_finding() -> None:
    judgement = seen(replica("1.31.2", name="a"), replica("1_31_2", name="b"))
    result = check(judgement, Role.SERVER, Check.REPLICAS)
    assert (result.verdict, result.reason) == (Verdict.SUPPORTED, Reason.SAME_VERSION)
    assert result not in judgement.findings


@pytest.mark.parametrize("versions", [("1.30.6", "1.31.2"), ("1.31.0", "1.31.2"), ("1.9.3", "1.10.1")])
def test_a_mix_of_neighbours_is_supported_and_a_finding(versions: tuple[str, ...]) -> None:
    judgement = seen(*(replica(version, name=version) for version in versions))
    result = check(judgement, Role.SERVER, Check.REPLICAS)
    assert (result.verdict, result.reason) == (Verdict.SUPPORTED, Reason.MIXED_VERSIONS)
    assert result in judgement.findings


@pytest.mark.parametrize("versions", [("99",), ("1.31.2", "1_31_2"), ("1.31.2", "1.31.2.0"), ("1", "1.0.0")])
def test_one_version_may_be_written_in_several_ways(versions: tuple[str, ...]) -> None:
    assert replicas_of(replica(*versions)) == (Verdict.SUPPORTED, Reason.SAME_VERSION)


@pytest.mark.parametrize("versions", [("1.29.7", "1.31.2"), ("1.9.3", "1.11.1"), ("1.40.0", "1.42.0")])
def test_a_mix_that_skips_a_minor_is_unsupported(versions: tuple[str, ...]) -> None:
    one_each = [replica(version, name=version) for version in versions]
    assert replicas_of(*one_each) == (Verdict.UNSUPPORTED, Reason.MINOR_SKIPPED)
    assert replicas_of(replica(*reversed(versions))) == (Verdict.UNSUPPORTED, Reason.MINOR_SKIPPED)


def test_the_frontend_is_one_of_the_replicas() -> None:
    frontend = observation(Role.SERVER, "1.29.7")
    assert replicas_of(frontend, replica("1.31.2")) == (Verdict.UNSUPPORTED, Reason.MINOR_SKIPPED)


def test_a_replica_whose_version_is_unreadable_is_not_the_same_version() -> None:
    unreadable = (Verdict.UNKNOWN, Reason.VERSION_UNREADABLE)
    assert replicas_of(replica("1.31.2", name="a"), replica("latest", name="b")) == unreadable
    assert replicas_of(replica("latest")) == unreadable


def test_replicas_that_are_not_seen_any_more_are_unknown_although_the_frontend_answers() -> None:
    frontend = observation(Role.SERVER, "1.31.2")
    gone = replica("1.31.2", at=later(-MAX_AGE))
    assert replicas_of(frontend, gone) == (Verdict.UNKNOWN, Reason.OBSERVATION_TOO_OLD)
    never = observation(Role.SERVER, endpoint="metrics", failure=TIMEOUT)
    assert replicas_of(frontend, never) == (Verdict.UNKNOWN, Reason.TIMEOUT)
    not_yet = observation(Role.SERVER, endpoint="prometheus")
    assert replicas_of(frontend, not_yet) == (Verdict.UNKNOWN, Reason.NOT_YET_OBSERVED)


def test_one_replica_out_of_sight_leaves_the_skipped_minor_of_the_others() -> None:
    out_of_sight = replica("1.31.2", name="c", at=later(-MAX_AGE))
    others = [replica("1.29.7", name="a"), replica("1.31.2", name="b")]
    assert replicas_of(*others, out_of_sight) == (Verdict.UNSUPPORTED, Reason.MINOR_SKIPPED)


def test_a_silent_frontend_hides_no_replica() -> None:
    frontend = observation(Role.SERVER, failure=TIMEOUT)
    judgement = seen(frontend, replica("1.31.2"))
    assert check(judgement, Role.SERVER, Check.REPLICAS).reason is Reason.SAME_VERSION
    assert check(judgement, Role.SERVER, Check.VERSION).verdict is Verdict.SUPPORTED


def test_what_a_replica_ran_before_it_fell_silent_does_not_run_now() -> None:
    before = observation(Role.SERVER, "1.29.7", endpoint="http", at=later(-MAX_AGE))
    judgement = seen(before, replica("1.31.2"))
    assert check(judgement, Role.SERVER, Check.REPLICAS).reason is Reason.SAME_VERSION
    assert judgement.server is not None
    assert judgement.server.release == "1.31.2"


def test_the_state_shows_the_oldest_release_that_runs() -> None:
    replicas = replica("1.24.2", name="a"), replica("1.23.1", name="b")
    server = judged(*replicas, *healthy()[1:], on=SEES).server
    assert server is not None
    assert (server.version, server.release, server.published) == ("1.23.1", "1.23.1", date(2024, 4, 30))
    assert (server.patches_behind, server.minors_behind) == (0, 2)
    assert not server.stale


def test_an_unknown_version_shows_no_release() -> None:
    server = judged_live(observation(Role.SERVER, "1.99.0")).server
    assert server is not None
    assert (server.version, server.release, server.published) == ("1.99.0", "", None)


@pytest.mark.parametrize("versions", [(), ("latest",)])
def test_there_is_no_state_until_a_version_was_read(versions: tuple[str, ...]) -> None:
    assert judged_live(observation(Role.SERVER, *versions)).server is None


def test_three_running_minors_are_not_two_neighbours() -> None:
    three = [replica(version, name=version) for version in ("1.30.6", "1.31.2", "1.32.0")]
    judgement = judged_live(*three, *healthy()[1:], on=subject(sees_replicas=True))
    replicas = check(judgement, Role.SERVER, Check.REPLICAS)
    assert (replicas.verdict, replicas.reason) == (Verdict.UNSUPPORTED, Reason.MINOR_SKIPPED)


BY_IMAGE = replace(subject(), server_file=ServerFile(image_release="1.31.2"))


def by_image(schema: str, *server: Observation) -> Judgement:
    stores = observation(Role.PERSISTENCE, "15.4", schema=schema), healthy()[2]
    return judged(*(server or (observation(Role.SERVER),)), *stores, on=BY_IMAGE)


def test_until_a_server_answers_the_tag_of_its_image_is_the_release() -> None:
    behind = by_image("1.18")
    schema = check(behind, Role.PERSISTENCE, Check.SCHEMA)
    assert (schema.verdict, schema.reason) == (Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND)
    assert behind.start.would_start is False
    assert behind.start.message.startswith("release 1.31.2, by the image's tag: ")
    version = check(behind, Role.SERVER, Check.VERSION)
    assert version.verdict is Verdict.UNKNOWN
    assert "the tag of its image is 1.31.2" in version.message
    assert behind.server is None


def test_what_only_the_tag_of_an_image_supports_is_not_supported() -> None:
    current = by_image("1.19")
    version = check(current, Role.PERSISTENCE, Check.VERSION)
    assert (version.verdict, version.reason) == (Verdict.UNKNOWN, Reason.SERVER_UNKNOWN)
    assert "Only the tag of the server's image" in version.message
    assert (current.verdict, current.start.would_start) == (Verdict.UNKNOWN, True)


def test_a_server_that_has_answered_wins_over_the_tag_of_its_image() -> None:
    for answered in (
        observation(Role.SERVER, "1.24.2"),
        observation(Role.SERVER, "1.24.2", at=later(-10 * MAX_AGE)),
    ):
        found = by_image("1.18", answered)
        assert "by the image's tag" not in found.start.message
        assert found.server is not None
        assert found.server.release == "1.24.2"
