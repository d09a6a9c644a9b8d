"""Event streaming as it is judged: by series, and so that whoever reads it knows where no patch is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.observation import Facts, Node, Observation, Target
from agent.verdict import Result, StoreSpec, Subject, judge
from agent.vocabulary import Check, Reason, Role, Verdict
from tests.building import MATRIX, NOW

_SUBJECT = Subject(
    name="orders-live",
    product="",
    environment="",
    stores={Role.EVENT_STREAMING: StoreSpec("kafka"), Role.SEARCH: StoreSpec("elasticsearch")},
    max_age=60,
    sees_replicas=False,
    assumed="1.3.0",
)


def judged(*versions: str, flavor: str = "", assumed: str = "1.3.0") -> Result:
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
    found = judged(version)
    assert (found.verdict, found.reason) == (verdict, reason)
    if version.count(".") == 1:
        patched = judged(f"{version}.1")
        assert (patched.verdict, patched.reason) == (verdict, reason)


def test_a_message_says_where_no_patch_is_told_and_only_there() -> None:
    assert "a patch is not told" in judged("2.1").message
    assert "a patch is not told" in judged("2.1.1", "2.1").message
    assert "a patch is not told" in judged("3.3 or 3.4").message
    assert "patch" not in judged("2.1.1").message
    assert "patch" not in judged("2.1", assumed="1.31.2").message


def test_the_worst_broker_decides() -> None:
    assert judged("2.1", "2.1", "4.1").reason is Reason.UNTESTED_NEWER
    assert judged("4.1", "2.0", "2.1").reason is Reason.BELOW_MINIMUM


def test_what_only_answers_as_kafka_does_is_not_plainly_supported() -> None:
    found = judged("2.1", flavor="other")
    assert (found.verdict, found.reason) == (Verdict.UNTESTED, Reason.UNTESTED_FLAVOR)
