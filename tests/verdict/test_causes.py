"""Which finding causes which."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from agent.model.observation import Failure, Observation
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict import Cause, Judgement, Result, Waiver
from agent.verdict.causes import with_causes
from tests.building import MAX_AGE, NOW, judged, later, observation, subject
from tests.laws import law
from tests.verdict.situations import Situation, all_situations

REFUSED = Failure(Reason.UNREACHABLE, "Connection refused")
SERVER = (Role.SERVER, Check.VERSION)
STORES = (
    observation(Role.PERSISTENCE, "15.4", schema="1.19"),
    observation(Role.VISIBILITY, "15.4", schema="1.14"),
)
SEEN_LONG_AGO = replace(observation(Role.SERVER, "1.31.2", at=later(-MAX_AGE)), failure=REFUSED)


def refused(role: Role, address: str = "") -> Observation:
    seen = observation(role, failure=REFUSED)
    return replace(seen, target=replace(seen.target, address=address))


def causes(judgement: Judgement) -> list[tuple[Role, Check]]:
    """The findings that follow from no other."""
    return [(result.role, result.check) for result in judgement.findings if result.caused_by is None]


@law([observation(Role.SERVER, failure=REFUSED), SEEN_LONG_AGO])
def test_one_refused_connection_is_one_finding(server: Observation) -> None:
    judgement = judged(server, *STORES, on=subject(sees_replicas=True))
    assert len(judgement.findings) > 5
    assert causes(judgement) == [SERVER]


@law(
    [
        (["pg:5432", "pg:5432"], 1),
        (["pg:5432", "other:5432"], 2),
    ]
)
def test_two_stores_at_one_address_have_one_cause(addresses: list[str], count: int) -> None:
    roles = (Role.PERSISTENCE, Role.VISIBILITY)
    seen = [refused(role, address) for role, address in zip(roles, addresses, strict=True)]
    judgement = judged(observation(Role.SERVER, "1.31.2"), *seen)
    assert len(causes(judgement)) == count
    assert judgement.findings[0].message == "pg:5432: Connection refused"


@law(all_situations())
def test_a_cause_is_a_finding_without_a_cause_and_what_is_certain_has_none(situation: Situation) -> None:
    findings = situation.judgement.findings
    keys = {Cause(each.role, each.check, each.reason): each for each in findings if each.caused_by is None}
    for finding in findings:
        if finding.caused_by is not None:
            assert finding.verdict is Verdict.UNKNOWN
            assert finding.caused_by in keys
    assert bool(keys) == bool(findings)


def test_what_follows_from_an_accepted_finding_is_still_seen() -> None:
    waiver = Waiver(*SERVER, Reason.UNREACHABLE, "maintenance", datetime.fromtimestamp(NOW.wall, UTC).date())
    on = replace(subject(), waivers=(waiver,))
    judgement = judged(observation(Role.SERVER, failure=REFUSED), *STORES, on=on)
    assert judgement.findings[0].waiver == waiver
    assert Cause(*SERVER, Reason.UNREACHABLE) not in [each.caused_by for each in judgement.findings]
    assert len(causes(judgement)) > 1


def test_a_consequence_without_its_cause_is_a_finding_of_its_own() -> None:
    judgement = judged(observation(Role.SERVER, failure=REFUSED), *STORES)
    left = with_causes(result for result in judgement.results if result.role is Role.VISIBILITY)
    assert isinstance(left[0], Result)
    assert left[0].caused_by is None
