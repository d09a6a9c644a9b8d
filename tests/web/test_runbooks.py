"""What to do: every finding that is bad leads to a runbook that is there."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import product
from pathlib import Path

import pytest

from agent.model.reasons import PROBE_FAILING, REASONS
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.reports.check_document import CheckDocument, check_document
from agent.verdict import Result
from agent.web.app import make_app
from agent.web.runbooks import runbook, runbooks
from tests.laws import law
from tests.web.samples import FakeSource, ask
from tests.web.tags import Tags

FILES = Path(__file__).parents[2] / "docs" / "runbooks"


def finding(verdict: Verdict, check: Check, reason: Reason = Reason.RELEASE_UNKNOWN) -> CheckDocument:
    return check_document(Result(Role.PERSISTENCE, check, "postgresql", verdict, reason, ""))


@law(product([Verdict.UNSUPPORTED, Verdict.UNKNOWN], Check))
def test_what_raises_an_alert_leads_to_its_runbook(verdict: Verdict, check: Check) -> None:
    assert runbook(finding(verdict, check)) in runbooks()


@pytest.mark.parametrize("verdict", [Verdict.SUPPORTED, Verdict.UNTESTED])
def test_a_check_without_an_alert_has_no_runbook(verdict: Verdict) -> None:
    assert runbook(finding(verdict, Check.VERSION)) == ""


def test_an_old_schema_has_a_runbook_of_its_own_and_so_has_a_failing_probe() -> None:
    assert runbook(finding(Verdict.UNSUPPORTED, Check.SCHEMA)) == "TemporalSchemaBehind"
    assert PROBE_FAILING in runbooks()


def leading_to() -> dict[str, set[Reason]]:
    """The reasons that lead to each runbook, as a finding or as a failed probe."""
    found: dict[str, set[Reason]] = defaultdict(set)
    for info in REASONS.values():
        for verdict, check in info.answers:
            found[runbook(finding(verdict, check, info.code))].add(info.code)
        if info.is_probe_failure:
            found[PROBE_FAILING].add(info.code)
    del found[""]
    return found


def how_to_fix(name: str) -> str:
    """That section of a runbook; empty if there is none."""
    return runbooks().get(name, "").partition("\n## How to fix it\n")[2].partition("\n## ")[0]


@law(["PostgreSQL", "MySQL", "Cassandra", "Elasticsearch", "OpenSearch", "SQLite"])
def test_the_runbook_of_schemas_has_a_part_for_every_store(store: str) -> None:
    assert store in how_to_fix("TemporalSchemaBehind")


def test_what_stops_a_start_is_in_the_runbook_of_that_alert() -> None:
    text = how_to_fix("TemporalWouldNotStart")
    stops = {reason for reason in Reason if f"`{reason}`" in runbooks()["TemporalWouldNotStart"]}
    of_schemas = leading_to()["TemporalSchemaBehind"]
    assert {reason for reason in stops - of_schemas if f"`{reason}`" not in text} == set()


def test_every_runbook_that_a_reason_leads_to_says_how_to_fix_it() -> None:
    silent = {
        name: missing
        for name, reasons in leading_to().items()
        if (missing := {reason for reason in reasons if f"`{reason}`" not in how_to_fix(name)})
    }
    assert silent == {}
    assert {info.runbook for info in REASONS.values()} - {""} <= leading_to().keys()


@pytest.mark.parametrize("reason", [Reason.MIXED_VERSIONS, Reason.SCHEMA_UNREADABLE, Reason.TIMEOUT])
def test_a_reason_links_to_the_runbook_that_covers_it(reason: Reason) -> None:
    info = REASONS[reason]
    (verdict, check), *_ = sorted(info.answers)
    assert runbook(finding(verdict, check, reason)) == info.runbook != ""


@law(product(sorted(path.stem for path in FILES.glob("*.md")), ["", "http://host:1/a/b/"]))
def test_every_runbook_is_a_page_and_a_text(name: str, external: str) -> None:
    app = make_app(FakeSource(), external_url=external)
    page = ask(app, f"/runbooks/{name}")
    assert page.status == 200
    shown = Tags(page.text)
    assert f"<h1>{name}</h1>" in page.text
    assert "What it means" in shown.text
    assert len(shown.named("h2")) >= 4
    # Markdown is rendered, and every link leads somewhere.
    assert not re.search(r"^\| ---|```|\]\(|^## ", shown.text, re.MULTILINE)
    assert not [link for link in shown.links if link.endswith(".md")]
    text = ask(app, f"/runbooks/{name}.md")
    assert (text.status, text.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert text.text == (FILES / f"{name}.md").read_text(encoding="utf-8")


@law(Reason)
def test_every_reason_has_a_page(reason: Reason) -> None:
    reply = ask(make_app(FakeSource()), f"/reasons/{reason}")
    assert reply.status == 200
    shown = Tags(reply.text)
    assert REASONS[reason].title in shown.text
    assert "How to fix it." in shown.text
    assert not re.search(r"\*\*|`", shown.text)
