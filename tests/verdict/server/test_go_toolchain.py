"""The check `toolchain`: each binary by its own release, and never decisive for the cluster."""

from __future__ import annotations

from dataclasses import replace

from agent.matrix import Matrix, Release
from agent.model.observation import Facts, Node, Observation
from agent.model.vocabulary import Check, Reason, Verdict
from agent.verdict import Judgement, Result
from tests.building import MATRIX, NOT_READ, healthy, judged_live, replica, subject
from tests.laws import law


def built(*nodes: tuple[str, str]) -> Observation:
    """Replicas with their version and what they were built with."""
    seen = replica("1.31.2")
    return replace(seen, facts=Facts("temporal", tuple(Node(v, toolchain=go) for v, go in nodes)))


def judge_built(*nodes: tuple[str, str], matrix: Matrix = MATRIX) -> Judgement:
    return judged_live(built(*nodes), *healthy()[1:], on=subject(sees_replicas=True), matrix=matrix)


def toolchain(*nodes: tuple[str, str], matrix: Matrix = MATRIX) -> Result | None:
    found = [r for r in judge_built(*nodes, matrix=matrix).results if r.check is Check.TOOLCHAIN]
    assert len(found) <= 1
    return found[0] if found else None


@law(
    [
        ("1.31.2", "go1.26.8", Verdict.SUPPORTED, Reason.DOCUMENTED),
        ("1.31.2", "go1.99", Verdict.SUPPORTED, Reason.DOCUMENTED),
        ("1.31.2", "go1.26.8.X.boringcrypto", Verdict.SUPPORTED, Reason.DOCUMENTED),
        ("1.31.2", "go1.20.1", Verdict.UNSUPPORTED, Reason.BELOW_MINIMUM),
        # The document says "Go 1.15+" of it, where its go.mod says 1.14.
        ("1.0.0", "go1.14.15", Verdict.UNSUPPORTED, Reason.BELOW_MINIMUM),
        ("1.0.0", "go1.15", Verdict.SUPPORTED, Reason.DOCUMENTED),
        ("1.31.2", "devel go1.27-abcdef", Verdict.UNKNOWN, Reason.VERSION_UNREADABLE),
        ("1.31.3", "go1.26.8", Verdict.UNTESTED, Reason.RELEASE_NOT_READ),
        ("1.99.0", "go1.26.8", Verdict.UNKNOWN, Reason.RELEASE_UNKNOWN),
    ],
)
def test_a_binary_is_judged_by_what_its_release_asks_for(
    version: str, go: str, verdict: Verdict, reason: Reason
) -> None:
    result = toolchain((version, go), matrix=NOT_READ)
    assert result is not None
    assert (result.component, result.verdict, result.reason) == ("go", verdict, reason)


def test_without_an_endpoint_that_reports_it_there_is_no_check() -> None:
    assert toolchain(("1.31.2", "")) is None
    assert not [r for r in judged_live(*healthy()).results if r.check is Check.TOOLCHAIN]


def test_each_binary_is_judged_by_its_own_release() -> None:
    """What is too old for 1.31.2 is what 1.24.2 was built with."""
    result = toolchain(("1.31.2", "go1.26.8"), ("1.24.2", "go1.22.3"))
    assert result is not None
    assert result.verdict is Verdict.SUPPORTED


def test_it_does_not_decide_for_the_cluster() -> None:
    judgement = judge_built(("1.31.2", "go1.20.1"))
    assert judgement.verdict is Verdict.SUPPORTED
    assert [finding.check for finding in judgement.findings] == [Check.TOOLCHAIN]


@law(release for release in MATRIX.releases.all if release.was_read)
def test_every_release_takes_the_go_of_its_own_go_mod_or_the_document_says_a_newer_one(
    release: Release,
) -> None:
    asked, source = MATRIX.support.oldest_go(release) or ("", "")
    result = toolchain((release.reported, f"go{asked}"))
    assert source
    assert result is not None
    assert (result.verdict, result.reason) == (Verdict.SUPPORTED, Reason.DOCUMENTED)
