"""`--only` and `--exclude`."""

from __future__ import annotations

import pytest

from agent.model.vocabulary import Verdict
from agent.polling.selection import Selection
from agent.reports.check_names import read_names
from tests.commands import command, document
from tests.laws import law
from tests.web.samples import behind

STACK = (
    "check", "--server", "1.31.2", "--plugin", "postgres12",
    "--persistence", "postgresql=15.4", "--schema", "persistence=1.18",
    "--visibility", "postgresql=15.4", "--schema", "visibility=1.14",
)  # fmt: skip


@law(
    [
        ((), {"version", "schema", "plugin", "required"}, "unsupported"),
        (("--only", "schema"), {"schema"}, "unsupported"),
        (("--only", "visibility,schema"), {"schema"}, "supported"),
        (("--only", "visibility, schema,version"), {"schema", "version"}, "supported"),
        (("--exclude", "schema"), {"version", "plugin", "required"}, "supported"),
        (("--exclude", "persistence"), {"version", "schema", "plugin", "required"}, "supported"),
        (("--only", "monitoring"), set(), "unknown"),
    ]
)
def test_roles_and_checks_can_be_chosen(arguments: tuple[str, ...], checks: set[str], verdict: str) -> None:
    code, read = document(*STACK, *arguments)
    (cluster,) = read["clusters"]
    assert {entry["check"] for entry in cluster["checks"]} == checks
    assert cluster["verdict"] == verdict
    # Nothing hides that the server would not start.
    assert (code, cluster["would_start"]) == (1, False)


def test_without_a_choice_nothing_changes() -> None:
    snapshot = behind()
    assert Selection().applied(snapshot) is snapshot
    assert Selection(frozenset({"schema"})).applied(snapshot).judgement.verdict is Verdict.UNSUPPORTED


def test_a_wrong_name_gets_the_closest_ones() -> None:
    with pytest.raises(ValueError, match="did you mean persistence"):
        read_names("schema,persistnce")
    with pytest.raises(ValueError, match="--list-checks"):
        read_names("zzz")


def test_all_checks_are_listed() -> None:
    listed = command("check", "--list-checks")
    assert listed.exit_code == 0
    assert "persistence           version, schema, plugin" in listed.stdout
