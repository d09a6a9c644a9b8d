"""The runbooks of docs/runbooks: their texts, and which one belongs to a finding."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from agent.model.reasons import REASONS
from agent.reports.check_document import CheckDocument

#: Next to this file in an installed package; in docs/ of a checkout.
_FOLDERS = (Path(__file__).with_name("runbook_texts"), Path(__file__).parents[2] / "docs" / "runbooks")


@cache
def runbooks() -> dict[str, str]:
    """The Markdown of every runbook, by the name of its alert."""
    return {
        path.stem: path.read_text(encoding="utf-8") for folder in _FOLDERS for path in folder.glob("*.md")
    }


def runbook(finding: CheckDocument) -> str:
    """The runbook for a finding; empty if there is none."""
    return REASONS[finding.reason].runbook_for(finding.verdict, finding.check)
