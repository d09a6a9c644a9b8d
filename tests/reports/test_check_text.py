"""What `check` prints of snapshots, and the exit code that goes with them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from agent.model.vocabulary import Verdict
from agent.reports.check_text import as_json, as_text, exit_code
from agent.reports.cluster_document import cluster_document
from agent.reports.document import as_object
from agent.snapshot import Snapshot
from agent.verdict import StartAnswer
from tests.laws import law
from tests.web.samples import behind, silent

SUPPORTED, UNTESTED, UNSUPPORTED, UNKNOWN = Verdict

TEXT = """\
orders-live: unsupported
  would start: no (persistence: Temporal 1.31.2 needs schema 1.19, found 1.18)
  supported    server version            Temporal 1.30.6 is release 1.30.6 [release_known; temporal v1.31.2]
  supported    server replicas           1.30.6 and 1.31.2 run at the same time, as they do during a rollout \
[mixed_versions]
  unsupported  persistence schema        Temporal 1.31.2 needs schema 1.19, found 1.18 \
[schema_behind; temporal v1.31.2]
  supported    persistence plugin        the agent's configuration has the plugin postgres12_pgx, but the \
server uses postgres12 [plugin_mismatch; GetClusterInfo] (waived until 2027-03-01: agreed with the DBAs)
  could not read: server grpc: permission_denied: GetClusterInfo: no
  probe failed: server metrics history-0: timeout: no answer within 2 seconds

payments-live: unknown
  would start: not known (not yet observed)
  unknown      server version            not yet observed [not_yet_observed]"""


def judged(verdict: Verdict, start: bool | None) -> Snapshot:
    base = silent()
    return replace(base, judgement=replace(base.judgement, verdict=verdict, start=StartAnswer(start, "so")))


@law(
    [
        (SUPPORTED, True, 0),
        (UNTESTED, True, 0),
        (UNSUPPORTED, True, 1),
        (UNSUPPORTED, None, 1),
        (UNSUPPORTED, False, 1),
        (SUPPORTED, False, 1),
        (UNTESTED, False, 1),
        (UNKNOWN, False, 1),
        (UNKNOWN, True, 3),
        (UNKNOWN, None, 3),
        (SUPPORTED, None, 3),
        (UNTESTED, None, 3),
    ],
)
def test_the_exit_code_of_one_cluster(verdict: Verdict, start: bool | None, code: int) -> None:
    assert exit_code([judged(verdict, start)]) == code


def test_the_worst_cluster_decides() -> None:
    fine, unknown, bad = judged(SUPPORTED, True), judged(UNKNOWN, None), judged(UNSUPPORTED, True)
    would_not = judged(SUPPORTED, False)
    assert exit_code([fine, fine]) == 0
    assert exit_code([fine, unknown]) == exit_code([unknown, fine]) == 3
    assert exit_code([unknown, bad]) == exit_code([bad, unknown, fine]) == 1
    assert exit_code([unknown, would_not]) == exit_code([would_not, fine]) == 1


def test_nothing_at_all_is_not_fine() -> None:
    assert exit_code([]) == 3


def test_the_text_has_a_paragraph_a_cluster_and_a_line_a_check() -> None:
    assert as_text([behind(), silent()]) == TEXT


def test_the_json_is_one_object_of_what_the_api_tells() -> None:
    document = json.loads(as_json([behind(), silent()]))
    assert list(document) == ["verdict", "would_start", "clusters"]
    assert (document["verdict"], document["would_start"]) == ("unsupported", False)
    assert document["clusters"] == [as_object(cluster_document(each)) for each in (behind(), silent())]


@pytest.mark.parametrize(
    ("answers", "together"),
    [([True, True], True), ([True, None], None), ([None, False], False), ([False, True], False)],
)
def test_one_no_decides_and_without_it_one_unknown(answers: list[bool | None], together: bool | None) -> None:
    document = json.loads(as_json([judged(SUPPORTED, answer) for answer in answers]))
    assert document["would_start"] is together


def test_text_from_outside_is_written_as_it_is() -> None:
    base = silent("ünïcode-is-no-name")
    assert "ünïcode-is-no-name" in as_json([base])
