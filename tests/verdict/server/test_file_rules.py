"""What running releases refuse in the server's own file."""

from __future__ import annotations

from dataclasses import replace

from agent.model.file_rules import FileRule
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.upgrade.release_judge import ReleaseJudge
from agent.upgrade.simulated_stores import SimulatedStores
from agent.verdict import Judgement, ServerFile
from tests.building import MATRIX, NOW, check, healthy, judged_live, subject
from tests.laws import law

SHARDS = (FileRule.VALUE_MISSING, "docker.yaml:5: persistence.numHistoryShards is 0")
UNSEEN = (FileRule.FILE_UNSEEN, "docker.yaml:9: certFile is /c.pem, which is not on the agent's machine")
TWICE = (FileRule.PASSWORD_TWICE, "docker.yaml:7: passwordCommand and password are both set")


def judge_with(*violations: tuple[FileRule, str], assumed: str = "", answers: bool = True) -> Judgement:
    on = replace(subject(), server_file=ServerFile(violations=violations), assumed=assumed)
    return judged_live(*(healthy() if answers else healthy()[1:]), on=on)


def test_a_file_that_the_release_refuses_stops_the_start_although_the_server_runs() -> None:
    judgement = judge_with(SHARDS)
    assert judgement.start.would_start is False
    assert judgement.start.message == (
        "Temporal 1.31.2 refuses its own file: docker.yaml:5: persistence.numHistoryShards is 0. Set it"
    )
    result = check(judgement, Role.SERVER, Check.CONFIGURATION)
    assert (result.verdict, result.reason) == (Verdict.UNSUPPORTED, Reason.SERVER_FILE_REFUSED)
    assert judgement.verdict is Verdict.UNSUPPORTED


@law([("1.30.4", True), ("1.31.0", False)])
def test_a_rule_of_other_releases_stops_nothing(assumed: str, starts: bool) -> None:
    assert judge_with(TWICE, assumed=assumed).start.would_start is starts


def test_what_the_agent_cannot_see_is_not_known_while_no_server_answers() -> None:
    judgement = judge_with(UNSEEN, assumed="1.31.2", answers=False)
    assert judgement.start.would_start is None
    assert "check there that the file exists" in judgement.start.message
    result = check(judgement, Role.SERVER, Check.CONFIGURATION)
    assert (result.verdict, result.reason) == (Verdict.UNKNOWN, Reason.SERVER_FILE_UNCERTAIN)


def test_what_the_agent_cannot_see_is_a_remark_while_a_server_answers() -> None:
    judgement = judge_with(UNSEEN)
    assert judgement.start.would_start is True
    (remark,) = (each for each in judgement.remarks if each.reason is Reason.SERVER_FILE_UNCERTAIN)
    assert remark.verdict is Verdict.SUPPORTED


def test_every_value_that_is_refused_is_a_finding() -> None:
    found = [each.reason for each in judge_with(SHARDS, (FileRule.PLUGIN_UNKNOWN, "b"), UNSEEN).findings]
    assert found.count(Reason.SERVER_FILE_REFUSED) == 2
    assert found.count(Reason.SERVER_FILE_UNCERTAIN) == 1


def test_a_plan_knows_that_a_server_answers() -> None:
    on = replace(subject(), server_file=ServerFile(violations=(UNSEEN,)))
    judge_of_plans = ReleaseJudge(MATRIX, on, healthy(), NOW)
    release = MATRIX.releases.named("1.31.2")
    assert release is not None
    assert judge_of_plans.judge(release, SimulatedStores.of(on.stores)).start.would_start is True
