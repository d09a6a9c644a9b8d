"""The document of a cluster: every format says the same of it."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from agent.model.observation import Facts, RemoteCluster
from agent.reports.check_text import as_json, as_text
from agent.reports.ci_formats import as_github, as_junit
from agent.reports.cluster_document import ClustersDocument, check_report, cluster_document
from agent.reports.document import as_object
from agent.snapshot import Snapshot
from agent.verdict import ServerState, StartAnswer
from agent.web.pages import Pages
from tests.web.samples import STATE, WAIVER, behind, silent
from tests.web.tags import Tags


def waived() -> Snapshot:
    """Everything that is wrong is waived."""
    base = behind()
    results = tuple(
        replace(result, waiver=WAIVER) if result.is_finding else result for result in base.judgement.results
    )
    return replace(base, judgement=replace(base.judgement, results=results))


def unknown_release() -> Snapshot:
    base = silent()
    server = ServerState("1.99.0", "", None, 0, 0, stale=False)
    return replace(
        base, judgement=replace(base.judgement, server=server, start=StartAnswer(None, "who knows"))
    )


SNAPSHOTS = {each.__name__: each for each in (behind, silent, waived, unknown_release)}


def page(snapshot: Snapshot) -> str:
    return re.sub(r"\s+", " ", Tags(Pages().cluster(snapshot, STATE, None, "", "")).text)


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_every_format_says_the_same_of_the_start(name: str) -> None:
    snapshot = SNAPSHOTS[name]()
    document = cluster_document(snapshot)
    words = {True: "yes", False: "no", None: "not known"}[document.would_start]
    assert f"would start: {words} ({document.would_start_message})" in as_text([snapshot])
    assert f"Would start {words} {document.would_start_message}" in page(snapshot)
    assert json.loads(as_json([snapshot]))["clusters"][0]["would_start"] is document.would_start
    element = {True: "", False: "failure", None: "error"}[document.would_start]
    case = as_junit([snapshot]).partition('name="would start"')[2]
    assert (f"<{element} " in case) is bool(element)
    assert (" would not start::" in as_github([snapshot])) is (document.would_start is False)


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_every_format_has_each_finding_and_says_what_is_waived(name: str) -> None:
    snapshot = SNAPSHOTS[name]()
    document = cluster_document(snapshot)
    text, shown, annotations = as_text([snapshot]), page(snapshot), as_github([snapshot])
    for finding in document.findings:
        (line,) = [line for line in text.splitlines() if finding.message in line and "[" in line]
        assert (f"(waived until {WAIVER.until}: {WAIVER.comment})" in line) is finding.waived
        assert finding.message in shown
        assert (finding.message in annotations.replace("orders-live would not start", "")) or finding.waived
    waived = sum(finding.waived for finding in document.findings)
    assert shown.count(f"Waived until the end of {WAIVER.until}") == waived
    written = json.loads(as_json([snapshot]))["clusters"][0]
    assert [each["waived"] for each in written["findings"]] == [each.waived for each in document.findings]


def test_for_a_release_outside_the_matrix_nothing_is_counted() -> None:
    server = cluster_document(unknown_release()).server
    assert server is not None
    assert (server.release, server.patches_behind, server.minors_behind) == (None, None, None)


def test_the_group_is_that_of_the_first_endpoint_of_the_server_that_knows_one() -> None:
    base = behind()
    remotes = (RemoteCluster("east", "1.31.2", 512, 1, 10, is_connected=True),)
    observations = tuple(
        replace(each, facts=Facts("x", (), remotes=remotes)) for each in base.observations[1:]
    )
    document = cluster_document(replace(base, observations=(base.observations[0], *observations)))
    assert [remote.name for remote in document.remotes] == ["east"]
    assert cluster_document(base).remotes == ()


def test_the_report_of_all_clusters_has_each_as_the_api_does() -> None:
    snapshots = [behind(), silent()]
    report = as_object(check_report(snapshots))
    assert (
        report["clusters"] == as_object(ClustersDocument(tuple(map(cluster_document, snapshots))))["clusters"]
    )
