"""What to do: every finding that is bad leads to a runbook that is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.reports.check_document import CheckDocument, check_document
from agent.verdict import Result
from agent.web.app import make_app
from agent.web.runbooks import PROBE_FAILING, runbook, runbooks
from tests.web.samples import FakeSource, ask

FILES = Path(__file__).parents[2] / "docs" / "runbooks"


def finding(verdict: Verdict, check: Check) -> CheckDocument:
    return check_document(Result(Role.PERSISTENCE, check, "postgresql", verdict, Reason.RELEASE_UNKNOWN, ""))


@pytest.mark.parametrize("check", Check)
@pytest.mark.parametrize("verdict", [Verdict.UNSUPPORTED, Verdict.UNKNOWN])
def test_what_raises_an_alert_leads_to_its_runbook(verdict: Verdict, check: Check) -> None:
    assert runbook(finding(verdict, check)) in runbooks()


@pytest.mark.parametrize("verdict", [Verdict.SUPPORTED, Verdict.UNTESTED])
def test_what_raises_none_leads_to_none(verdict: Verdict) -> None:
    assert runbook(finding(verdict, Check.VERSION)) == ""


def test_an_old_schema_has_a_runbook_of_its_own_and_so_has_a_failing_probe() -> None:
    assert runbook(finding(Verdict.UNSUPPORTED, Check.SCHEMA)) == "TemporalSchemaBehind"
    assert PROBE_FAILING in runbooks()


@pytest.mark.parametrize("name", sorted(path.stem for path in FILES.glob("*.md")))
def test_every_runbook_is_served_as_it_is_written(name: str) -> None:
    reply = ask(make_app(FakeSource()), f"/runbooks/{name}")
    assert reply.status == 200
    assert f"<h1>{name}</h1>" in reply.text
    assert "What it means" in reply.text
