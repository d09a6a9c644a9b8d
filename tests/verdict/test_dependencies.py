"""Event streaming: judged by series, and where a release needs it, no start without it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.model.observation import Facts, Node, Observation, Target
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict import ClusterSpec, Judgement, Result, StoreSpec, judge
from tests.building import (
    MATRIX,
    MAX_AGE,
    NOW,
    TIMEOUT,
    check,
    judged_live,
    later,
    observation,
    subject,
)

MYSQL = StoreSpec("mysql", "mysql")
KAFKA = observation(Role.EVENT_STREAMING, "2.1", component="kafka", endpoint="api")
ZOOKEEPER = observation(Role.COORDINATION, "3.4.6", component="zookeeper", endpoint="four_letter")


def with_search(*streaming: Observation, release: str = "1.3.0", is_complete: bool = False) -> Judgement:
    """A release beside Elasticsearch, with what there is of event streaming."""
    on = subject(MYSQL, MYSQL)
    stores = {**on.stores, Role.SEARCH: StoreSpec("elasticsearch")}
    stores |= {seen.target.role: StoreSpec(seen.target.component) for seen in streaming}
    on = replace(on, stores=stores, is_complete=is_complete)
    return judged_live(*_healthy(release), *streaming, on=on)


def _healthy(release: str, schema: str = "1.19") -> tuple[Observation, ...]:
    return (
        observation(Role.SERVER, release),
        observation(Role.PERSISTENCE, "5.7.40", component="mysql", schema=schema),
        observation(Role.VISIBILITY, "5.7.40", component="mysql", schema="1.1"),
        observation(Role.SEARCH, "6.8.23", component="elasticsearch", endpoint="api"),
    )


@pytest.mark.parametrize(
    ("release", "is_complete", "would_start"),
    [("1.6.7", False, None), ("1.6.7", True, False), ("1.7.3", False, True), ("1.7.3", True, True)],
)
def test_a_release_that_needs_it_does_not_start_without_it(
    release: str, is_complete: bool, would_start: bool | None
) -> None:
    judgement = with_search(release=release, is_complete=is_complete)
    assert judgement.start.would_start is would_start
    required = [r for r in judgement.results if r.role is Role.EVENT_STREAMING]
    assert [(r.check, r.verdict, r.reason) for r in required] == (
        [] if would_start else [(Check.REQUIRED, Verdict.UNSUPPORTED, Reason.MISSING)]
    )


def test_what_is_missing_is_named() -> None:
    result = check(with_search(release="1.6.7"), Role.EVENT_STREAMING, Check.REQUIRED)
    assert result.message.endswith(", but no Kafka is configured")


def test_with_a_broker_that_answers_it_starts_and_with_a_silent_one_the_start_is_unknown() -> None:
    assert with_search(KAFKA, ZOOKEEPER, release="1.6.7").start.would_start is True
    silent = observation(Role.EVENT_STREAMING, component="kafka", endpoint="api", failure=TIMEOUT)
    judgement = with_search(silent, ZOOKEEPER, release="1.6.7")
    assert judgement.start.would_start is None
    assert judgement.start.message == "event streaming: no answer within 10 seconds"
    long_ago = replace(KAFKA, observed=later(-MAX_AGE))
    assert with_search(long_ago, ZOOKEEPER, release="1.6.7").start.would_start is None


def test_the_server_talks_to_no_zookeeper() -> None:
    silent = observation(Role.COORDINATION, component="zookeeper", endpoint="four_letter", failure=TIMEOUT)
    assert with_search(KAFKA, silent, release="1.6.7").start.would_start is True


def test_several_data_centres_need_it_too() -> None:
    on: ClusterSpec = replace(subject(MYSQL, MYSQL), multi_datacenter=True, is_complete=True)
    seen = [o for o in _healthy("1.5.8", "1.3") if o.target.role is not Role.SEARCH]
    assert judged_live(*seen, on=on).start.would_start is False
    assert judged_live(*seen, on=replace(on, multi_datacenter=False)).start.would_start is True


# Its version

_SUBJECT = ClusterSpec(
    name="orders-live",
    product="",
    environment="",
    stores={Role.EVENT_STREAMING: StoreSpec("kafka"), Role.SEARCH: StoreSpec("elasticsearch")},
    max_age=60,
    sees_replicas=False,
    assumed="1.3.0",
)


def version_of(*versions: str, flavor: str = "", assumed: str = "1.3.0") -> Result:
    facts = Facts("kafka", tuple(map(Node, versions)), flavor=flavor)
    target = Target(Role.EVENT_STREAMING, "kafka", "api")
    seen = Observation(target, NOW, facts=facts, observed=NOW, attempts=1)
    results = judge(MATRIX, replace(_SUBJECT, assumed=assumed), (seen,), NOW).results
    return next(r for r in results if (r.role, r.check) == (Role.EVENT_STREAMING, Check.VERSION))


@pytest.mark.parametrize(
    ("version", "verdict", "reason"),
    [
        ("2.0", Verdict.UNSUPPORTED, Reason.BELOW_MINIMUM),
        ("2.1", Verdict.SUPPORTED, Reason.DOCUMENTED),
        ("2.2", Verdict.UNTESTED, Reason.UNTESTED_NEWER),
        ("3.3 or 3.4", Verdict.UNTESTED, Reason.UNTESTED_NEWER),
        ("4.1", Verdict.UNTESTED, Reason.UNTESTED_NEWER),
        ("4.3 or later", Verdict.UNTESTED, Reason.UNTESTED_NEWER),
        ("0.10.2", Verdict.UNSUPPORTED, Reason.BELOW_MINIMUM),
    ],
)
def test_a_series_is_judged_as_its_patches_are(version: str, verdict: Verdict, reason: Reason) -> None:
    found = version_of(version)
    assert (found.verdict, found.reason) == (verdict, reason)
    if version.count(".") == 1:
        patched = version_of(f"{version}.1")
        assert (patched.verdict, patched.reason) == (verdict, reason)


def test_a_message_says_where_no_patch_is_reported_and_only_there() -> None:
    assert "the patch version could not be read" in version_of("2.1").message
    assert "the patch version could not be read" in version_of("2.1.1", "2.1").message
    assert "the patch version could not be read" in version_of("3.3 or 3.4").message
    assert "patch" not in version_of("2.1.1").message
    assert "patch" not in version_of("2.1", assumed="1.31.2").message


def test_the_worst_broker_decides() -> None:
    assert version_of("2.1", "2.1", "4.1").reason is Reason.UNTESTED_NEWER
    assert version_of("4.1", "2.0", "2.1").reason is Reason.BELOW_MINIMUM


def test_a_server_that_only_answers_like_kafka_is_not_simply_supported() -> None:
    found = version_of("2.1", flavor="other")
    assert (found.verdict, found.reason) == (Verdict.UNTESTED, Reason.UNTESTED_FLAVOR)
