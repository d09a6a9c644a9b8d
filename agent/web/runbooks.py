"""The runbooks, as they stand in docs/runbooks: which one a finding leads to, and its text."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from agent.model.reasons import REASONS
from agent.model.vocabulary import Check, Verdict
from agent.reports.check_document import CheckDocument

#: Beside this file in an installed package, in the documentation of a checkout.
_FOLDERS = (Path(__file__).with_name("runbook_texts"), Path(__file__).parents[2] / "docs" / "runbooks")


@cache
def runbooks() -> dict[str, str]:
    """Every runbook's Markdown, by the name of its alert."""
    return {
        path.stem: path.read_text(encoding="utf-8") for folder in _FOLDERS for path in folder.glob("*.md")
    }


def runbook(finding: CheckDocument) -> str:
    """The runbook for a finding; empty where there is none.

    The rules raise the alerts of a bad verdict by verdict and check; the reason's record has the others.
    """
    if finding.verdict is Verdict.UNSUPPORTED:
        return "TemporalSchemaBehind" if finding.check is Check.SCHEMA else "TemporalUnsupported"
    by_verdict = "TemporalCompatUnknown" if finding.verdict is Verdict.UNKNOWN else ""
    return REASONS[finding.reason].runbook or by_verdict
