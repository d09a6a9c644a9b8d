"""`check` for other programs: each format is read by what it is for, or by its own rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from xml.etree import ElementTree as Xml

import pytest
from prometheus_client.parser import text_string_to_metric_families

from agent.model.vocabulary import Level, Verdict
from agent.reports.ci_formats import Gates, as_github, as_junit, as_prometheus
from agent.reports.cluster_document import cluster_document
from agent.snapshot import Snapshot, take
from agent.verdict import StartAnswer
from tests.building import MATRIX, NOW, healthy, subject
from tests.web.samples import behind, silent

HOSTILE = 'quote " less < amp & colon: comma, percent % \x00 \x1b[31m \u202e and\nnewline'


def hostile() -> Snapshot:
    """A cluster whose worst finding says what nobody should say."""
    snapshot = behind()
    judgement = snapshot.judgement
    results = (*judgement.results[:-1], replace(judgement.results[-1], message=HOSTILE))
    start = StartAnswer(False, HOSTILE)
    return replace(snapshot, judgement=replace(judgement, results=results, start=start))


def suites(*snapshots: Snapshot, fail_on: Gates = ()) -> list[Xml.Element]:
    return list(Xml.fromstring(as_junit(snapshots, fail_on)))


def test_junit_has_a_suite_a_cluster_and_counts_what_is_in_it() -> None:
    first, second = suites(behind(), silent())
    assert (first.get("name"), second.get("name")) == ("orders-live", silent().subject.name)
    for suite in (first, second):
        assert suite.get("tests") == str(len(suite.findall("testcase")))
        assert suite.get("failures") == str(len(suite.findall("./testcase/failure")))
        assert suite.get("errors") == str(len(suite.findall("./testcase/error")))
        assert suite.get("skipped") == str(len(suite.findall("./testcase/skipped")))


def test_in_junit_unsupported_fails_and_a_remark_only_says_so() -> None:
    (suite,) = suites(behind())
    cases = {case.get("name"): case for case in suite}
    failure = cases["persistence schema"].find("failure")
    assert failure is not None
    assert failure.get("type") == "schema_behind"
    assert "needs schema 1.19, found 1.18" in str(failure.get("message"))
    said = cases["server replicas"].find("system-out")
    assert said is not None
    assert "mixed_versions" in str(said.text)
    assert list(cases["server version"]) == []
    assert cases["would start"].find("failure") is not None


def test_in_junit_what_is_waived_is_skipped_with_its_comment() -> None:
    snapshot = behind()
    (remark,) = snapshot.judgement.remarks
    waived = replace(snapshot.judgement.results[-1], waiver=remark.waiver)
    results = (*snapshot.judgement.results[:-1], waived)
    (suite,) = suites(replace(snapshot, judgement=replace(snapshot.judgement, results=results)))
    skipped = suite.find("./testcase[@name='persistence schema']/skipped")
    assert skipped is not None
    assert skipped.get("message") == "waived until 2027-03-01: agreed with the DBAs"


def test_junit_is_valid_xml_for_any_message() -> None:
    (suite,) = suites(hostile())
    failure = suite.find("./testcase[@name='persistence schema']/failure")
    assert failure is not None
    assert str(failure.get("message")).startswith('quote " less < amp & colon: comma, percent %')


def test_github_has_an_annotation_a_finding_and_one_for_the_start() -> None:
    lines = as_github([behind()]).splitlines()
    assert [line.split("::")[1].split(" ")[0] for line in lines] == ["error", "notice", "error"]
    assert lines[0].startswith("::error title=orders-live would not start::")
    assert not any("plugin_mismatch" in line for line in lines), "what is waived is not told"


def test_github_s_own_signs_are_escaped() -> None:
    lines = as_github([hostile()]).split("\n")
    assert len(lines) == 3
    assert "percent %25" in lines[0]
    assert "%0A" in lines[0]


def test_without_findings_there_are_no_annotations() -> None:
    snapshot = behind()
    calm = replace(snapshot.judgement, results=(), remarks=(), start=StartAnswer(True, "it would"))
    assert as_github([replace(snapshot, judgement=calm)]) == ""


def test_a_warning_that_gates_is_named_with_its_fixed_releases_and_remedy() -> None:
    snapshot = take(MATRIX, subject(), healthy(), NOW)
    gating = [each for each in cluster_document(snapshot).advisories if each.level is Level.CRITICAL]
    assert gating
    assert all(each.counts and each.fixed_in for each in gating)
    (suite,) = suites(snapshot, fail_on={Level.CRITICAL})
    github = as_github([snapshot], {Level.CRITICAL})
    for each in gating:
        (failure,) = suite.findall(f"./testcase[@name='warning {each.id}']/failure")
        assert failure.get("type") == "critical_advisory"
        text = str(failure.get("message"))
        for part in (each.id, each.remedy, f"Fixed in {', '.join(each.fixed_in)}.", each.source):
            assert part in text
        (line,) = [line for line in github.split("\n") if each.id in line]
        assert line.startswith(f"::error title=orders-live%3A critical warning {each.id}::")
        assert text in line
    assert suite.get("failures") == str(len(suite.findall("./testcase/failure")))
    assert as_junit([snapshot]) == as_junit([snapshot], {Verdict.UNTESTED})
    assert "critical warning" not in as_github([snapshot])


def test_prometheus_text_has_each_family_once_and_no_counter() -> None:
    families = list(text_string_to_metric_families(as_prometheus([behind(), silent()]) + "\n"))
    names = [family.name for family in families]
    assert len(names) == len(set(names))
    assert not [family for family in families if family.type == "counter"]
    clusters = {s.labels["temporal_cluster"] for family in families for s in family.samples}
    assert clusters == {"orders-live", silent().subject.name}


@pytest.mark.parametrize("write", [as_junit, as_github, as_prometheus])
def test_no_cluster_at_all_is_written_too(write: Callable[[Sequence[Snapshot]], str]) -> None:
    assert isinstance(write([]), str)
