"""Several servers on one store: everything that is shown has the same required version."""

from __future__ import annotations

import re

from agent.model.vocabulary import Check, Reason, Role
from tests.building import check, healthy, judged_live, observation, replica, subject
from tests.laws import law
from tests.verdict.situations import Situation, all_situations

_NEEDS = re.compile(r"needs (?:schema|index template) ([0-9.]+)")


@law(all_situations())
def test_a_result_and_the_required_version_of_a_store_never_disagree(situation: Situation) -> None:
    judgement = situation.judgement
    required = {(schema.role, schema.component): schema.required for schema in judgement.schemas}
    for result in judgement.results:
        named = _NEEDS.search(result.message) if result.check is Check.SCHEMA else None
        known = required.get((result.role, result.component), "")
        if named and known and result.reason in (Reason.SCHEMA_CURRENT, Reason.SCHEMA_AHEAD):
            assert named[1].rstrip(".") == known


def test_during_a_rollout_the_newest_server_decides_what_is_needed() -> None:
    servers = replica("1.30.6", name="a"), replica("1.31.2", name="b")
    current = judged_live(*servers, *healthy()[1:], on=subject(sees_replicas=True))
    assert check(current, Role.PERSISTENCE, Check.SCHEMA).reason is Reason.SCHEMA_CURRENT
    assert [schema.required for schema in current.schemas] == ["1.19", "1.14"]
    old = observation(Role.PERSISTENCE, "15.4", schema="1.17")
    behind = judged_live(*servers, old, on=subject(sees_replicas=True))
    message = check(behind, Role.PERSISTENCE, Check.SCHEMA).message
    assert message == "Temporal 1.31.2 needs schema 1.19, found 1.17"
    assert message in behind.start.message
    assert behind.server is not None
    assert (behind.server.release, behind.server.newest) == ("1.30.6", "1.31.2")
