"""Records of roles and checks: one for each, and which of them decide."""

from __future__ import annotations

from agent.model.roles import ROLES, decides
from agent.model.vocabulary import CHECKS, Check, Role


def test_every_role_and_every_check_has_a_record_in_the_order_of_the_closed_set() -> None:
    assert list(ROLES) == list(Role)
    assert list(CHECKS) == list(Check)


def test_every_question_is_a_question() -> None:
    assert [info.question for info in CHECKS.values() if not info.question.endswith("?")] == []


def test_monitoring_observation_and_the_toolchain_do_not_decide_and_all_else_does() -> None:
    optional = {(role, check) for role in Role for check in Check if not decides(role, check)}
    assert {role for role, check in optional if check is Check.VERSION} == {Role.MONITORING, Role.OBSERVATION}
    assert {check for role, check in optional if role is Role.SERVER} == {Check.TOOLCHAIN}
