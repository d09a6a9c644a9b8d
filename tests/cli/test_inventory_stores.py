"""Judging what is told: a second visibility store, and stores of the user's own."""

from __future__ import annotations

from itertools import product

import pytest

from agent.cli.inventory import DeclarationError, DeclaredStack, judge_declared, read_question
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict import Judgement
from tests.building import MATRIX, check
from tests.commands import document
from tests.laws import law

P, V, S = Role.PERSISTENCE, Role.VISIBILITY, Role.SECONDARY_VISIBILITY


def told(release: str, parts: dict[Role, str], **more: object) -> Judgement:
    return judge_declared(MATRIX, DeclaredStack(release, parts, **more)).judgement  # type: ignore[arg-type]


def answer(judgement: Judgement, role: Role, kind: Check = Check.VERSION) -> tuple[Verdict, Reason]:
    result = check(judgement, role, kind)
    return result.verdict, result.reason


@law(product(["custom", "custom=", "custom=my-store"], [P, V, S]))
def test_a_custom_store_may_be_given_with_or_without_a_name(text: str, role: Role) -> None:
    judgement = told("1.31.2", {role: text})
    assert answer(judgement, role) == (Verdict.UNTESTED, Reason.CUSTOM_STORE)
    assert ("my-store" in check(judgement, role, Check.VERSION).message) is ("my-store" in text)


def test_on_nothing_but_its_own_stores_a_server_starts_untested() -> None:
    judgement = told("1.31.2", dict.fromkeys((P, V), "custom"))
    assert (judgement.verdict, judgement.start.would_start) == (Verdict.UNTESTED, True)
    judgement = told("1.22.7", dict.fromkeys((P, V), "custom"))
    assert (judgement.verdict, judgement.start.would_start) == (Verdict.UNSUPPORTED, False)


@pytest.mark.parametrize(
    "wrong",
    [
        DeclaredStack("1.31.2", {Role.SEARCH: "custom"}),
        DeclaredStack("1.31.2", {Role.EVENT_STREAMING: "custom=1"}),
        DeclaredStack("1.31.2", {P: "custom"}, schemas={P: "1.19"}),
        DeclaredStack("1.31.2", {P: "custom"}, plugins={P: "mysql8"}),
        DeclaredStack("1.31.2", {P: "custom"}, any_plugins=("mysql8",)),
        DeclaredStack("1.31.2", {S: "elasticsearch=8.5.0"}, schemas={S: "1.14"}),
    ],
)
def test_what_such_a_store_cannot_have_is_refused(wrong: DeclaredStack) -> None:
    with pytest.raises(DeclarationError):
        judge_declared(MATRIX, wrong)


def test_a_question_to_the_matrix_cannot_name_a_custom_store() -> None:
    with pytest.raises(DeclarationError, match="NAME is one of: cassandra, "):
        read_question(MATRIX, "custom=1", None, "")


TWO = dict.fromkeys((P, V, S), "postgresql=15.4")


def test_a_second_visibility_store_is_judged_with_its_own_plugin_and_schema() -> None:
    judgement = told(
        "1.31.2",
        TWO,
        plugins={P: "postgres12", V: "postgres12", S: "postgres12_pgx"},
        schemas={P: "1.19", V: "1.14", S: "1.13"},
    )
    assert answer(judgement, S)[0] is Verdict.SUPPORTED
    assert answer(judgement, S, Check.SCHEMA) == (Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND)
    assert {state.role: state.plugin for state in judgement.schemas}[S] == "postgres12_pgx"
    # The server does not look at it when it starts.
    assert (judgement.verdict, judgement.start.would_start) == (Verdict.UNSUPPORTED, True)


def test_a_schema_that_is_not_given_is_unknown_and_a_plugin_for_all_stores_applies() -> None:
    judgement = told("1.31.2", TWO, any_plugins=("postgres12",))
    assert answer(judgement, S, Check.SCHEMA) == (Verdict.UNKNOWN, Reason.NOT_GIVEN)
    assert answer(judgement, S, Check.PLUGIN) == (Verdict.SUPPORTED, Reason.PLUGIN_AVAILABLE)


@pytest.mark.parametrize(
    ("release", "expected"), [("1.20.4", Reason.COMPONENT_NOT_SUPPORTED), ("1.21.6", Reason.DOCUMENTED)]
)
def test_there_is_one_from_1_21_on(release: str, expected: Reason) -> None:
    assert answer(told(release, {S: "postgresql=13.5"}, any_plugins=("postgres12",)), S)[1] is expected


def test_the_command_line_takes_both() -> None:
    code, read = document(
        *("check", "--server", "1.31.2", "--persistence", "custom"),
        *("--visibility", "postgresql=15.4", "--plugin", "visibility=postgres12"),
        *("--secondary-visibility", "postgresql=15.4", "--plugin", "secondary_visibility=postgres12_pgx"),
        *("--schema", "visibility=1.14", "--schema", "secondary_visibility=1.14"),
    )
    assert (code, read["verdict"], read["would_start"]) == (0, "untested", True)
    roles = {each["role"] for each in read["clusters"][0]["checks"]}
    assert roles == {"server", "persistence", "visibility", "secondary_visibility"}


def test_the_verdict_of_the_matrix_depends_on_the_role() -> None:
    _, read = document(
        *("matrix", "find", "--component", "cassandra=3.11.19", "--role", "secondary_visibility")
    )
    assert (read["releases"][0], read["releases"][-1]) == ("1.21.0", "1.23.1")
