"""The records of the reasons: one each, complete, and given by some code."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import agent
from agent.model.reasons import REASONS
from agent.model.reasons.of_configuration import OF_CONFIGURATION
from agent.model.reasons.of_probes import OF_PROBES
from agent.model.reasons.of_schemas import OF_SCHEMAS
from agent.model.reasons.of_versions import OF_VERSIONS
from agent.model.vocabulary import Reason, Verdict

ROOT = Path(agent.__file__).parent
ALL = (*OF_VERSIONS, *OF_SCHEMAS, *OF_CONFIGURATION, *OF_PROBES)


def given_by(*rooms: str) -> set[Reason]:
    """The reasons that the code of these rooms gives: it names them, and does not only compare with them."""
    files = [file for room in rooms for file in sorted((ROOT / room).rglob("*.py"))]
    names = {name for file in files for name in _given(ast.parse(file.read_text(encoding="utf-8")))}
    return {Reason[name] for name in names}


def _given(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Compare):
        return
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Reason":
        yield node.attr
    for child in ast.iter_child_nodes(node):
        yield from _given(child)


def test_every_reason_has_one_record_in_the_order_of_the_enumeration() -> None:
    assert sorted(info.code for info in ALL) == sorted(Reason)
    assert list(REASONS) == list(Reason)
    assert all(code is info.code for code, info in REASONS.items())


def test_every_record_has_a_title_of_its_own_and_a_meaning() -> None:
    titles = [info.title for info in ALL]
    assert len(titles) == len(set(titles))
    wrong = [
        info.code
        for info in ALL
        if not 10 <= len(info.title) <= 50
        or info.title.endswith(".")
        or not info.title[0].isupper()
        or not info.meaning.endswith(".")
    ]
    assert wrong == []


def test_every_reason_is_given_by_some_code() -> None:
    rooms = [room.name for room in ROOT.iterdir() if room.is_dir() and room.name != "model"]
    assert sorted(set(Reason) - given_by(*rooms)) == []


def test_a_reason_explains_a_verdict_unless_only_a_plan_gives_it() -> None:
    silent = {info.code for info in ALL if not info.answers}
    assert silent <= given_by("upgrade")
    assert silent.isdisjoint(given_by("verdict", "matrix", "probes"))


def test_only_what_may_be_supported_needs_to_be_declared_a_finding() -> None:
    assert [info.code for info in ALL if info.is_finding and Verdict.SUPPORTED not in info.verdicts] == []


def test_what_a_probe_gives_has_a_hint() -> None:
    assert sorted(reason for reason in given_by("probes", "polling") if not REASONS[reason].hint) == []


def test_a_failed_probe_has_only_reasons_that_a_probe_gives() -> None:
    assert {info.code for info in ALL if info.is_probe_failure} <= given_by("probes", "polling")


def test_hints_and_remedies_have_no_other_names_than_those_that_are_filled_in() -> None:
    def names(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}

    for info in ALL:
        assert names(info.hint) <= {"right"}, info.code
        assert names(info.remedy) <= {"component", "role", "release", "plugins"}, info.code
