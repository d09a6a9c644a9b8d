"""A reason explained: complete, the same in `explain`, on its page and in the docs."""

from __future__ import annotations

import json
import re
from pathlib import Path

from agent.components.registry import ALL
from agent.model.reasons import GUIDES, REASONS, RETIRED
from agent.model.vocabulary import Reason
from agent.reports.reason_document import reason_document
from agent.reports.reasons import reason_markdown
from tests.commands import command
from tests.laws import law

DOCS = Path(__file__).parents[2] / "docs"


def test_every_reason_has_a_guide() -> None:
    assert sorted(GUIDES) == sorted(Reason)
    assert not set(RETIRED) & set(Reason)


@law(Reason)
def test_every_guide_says_how_bad_how_to_check_and_how_to_fix(reason: Reason) -> None:
    guide = GUIDES[reason]
    for text in (guide.effect, guide.verify, guide.fix, *guide.fixes.values()):
        assert text[0].isupper() or text[0] == "`"
        assert text.endswith((".", ":"))
    assert guide.verify.endswith(":") is bool(guide.commands), reason
    assert {*guide.commands, *guide.fixes} <= {component.name for component in ALL}


@law(Reason)
def test_explain_prints_the_text_of_the_docs(reason: Reason) -> None:
    printed = command("explain", reason)
    assert printed.exit_code == 0
    info, guide = REASONS[reason], GUIDES[reason]
    for text in (reason, info.title, info.meaning, guide.effect, guide.verify, guide.fix):
        assert text in printed.stdout
    assert reason_markdown(reason_document(reason), "runbooks") in (DOCS / "reasons.md").read_text()
    assert json.loads(command("explain", reason, "--format", "json").stdout)["fix"] == guide.fix


def test_a_wrong_code_gets_the_closest_ones() -> None:
    wrong = command("explain", "schema_behnd")
    assert wrong.exit_code == 2
    assert "did you mean schema_behind" in wrong.stderr
    assert command("explain", "x" * 999).exit_code == 2


def test_no_code_ever_leaves_the_docs() -> None:
    listed = set(re.findall(r"^## (\w+)$", (DOCS / "reasons.md").read_text(), re.MULTILINE))
    assert listed == {*Reason, *RETIRED}
