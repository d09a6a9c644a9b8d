"""What `check` prints of snapshots, and the exit code that goes with them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from agent.model.observation import Failure
from agent.model.vocabulary import Check, Level, Reason, Role, Verdict
from agent.reports.check_lines import TextOptions
from agent.reports.check_text import as_json, as_text, exit_code
from agent.reports.ci_formats import as_github
from agent.reports.cluster_document import cluster_document
from agent.reports.document import as_object
from agent.reports.text_style import TextStyle
from agent.snapshot import Snapshot, take
from agent.verdict import Result, StartAnswer
from tests import building
from tests.laws import law
from tests.web.samples import behind, silent

SUPPORTED, UNTESTED, UNSUPPORTED, UNKNOWN = Verdict

TEXT = """\
orders-live: unsupported
  would start: no (persistence: Temporal 1.31.2 needs schema 1.19, found 1.18)
  unsupported  persistence schema: Temporal 1.31.2 needs schema 1.19, found 1.18 [schema_behind]
      Back up the store, then upgrade its schema with the schema tool of the running release.
      temporal-compat-agent explain schema_behind
  supported    server replicas: 1.30.6 and 1.31.2 run at the same time, as they do during a rollout \
[mixed_versions]
      Finish the rollout, or roll it back.
      temporal-compat-agent explain mixed_versions
  supported    persistence plugin: the agent's configuration has the plugin postgres12_pgx, but the server \
uses postgres12 [plugin_mismatch] (waived until 2027-03-01: agreed with the DBAs)
  could not read: server grpc: GetClusterInfo: no [permission_denied]
  probe failed: server metrics history-0: no answer within 2 seconds [timeout]
  1 check passed; -v shows them

payments-live: unknown
  would start: not known (not yet observed)
  unknown      server version: not yet observed [not_yet_observed]
      Wait for one interval.
      temporal-compat-agent explain not_yet_observed

exit code 1: would not start: orders-live; unsupported: orders-live"""
FINE = """\
orders-live: supported
  would start: yes (so)
  1 check passed; -v shows them
exit code 0: nothing unsupported or unknown"""
#: How the same text looks on each terminal.
WIDTHS = (40, 60, 80, 132)


def judged(verdict: Verdict, start: bool | None, name: str = "orders-live", **changes: Any) -> Snapshot:
    base = silent(name)
    judgement = replace(base.judgement, verdict=verdict, start=StartAnswer(start, "so"), **changes)
    return replace(base, judgement=judgement)


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


def healthy(name: str = "orders-live") -> Snapshot:
    """A cluster on which everything is well."""
    result = Result(
        Role.SERVER, Check.VERSION, "temporal", SUPPORTED, Reason.RELEASE_KNOWN, "known", "temporal v1.31.2"
    )
    return judged(SUPPORTED, True, name, results=(result,))


def test_the_text_has_the_worst_first_what_to_do_and_the_reason_of_the_exit_code() -> None:
    assert as_text([silent(), behind()]) == as_text([behind(), silent()]) == TEXT


@law([1, 2, 300])
def test_healthy_clusters_take_at_most_five_lines(number: int) -> None:
    text = as_text([healthy(f"orders-{index}") for index in range(number)])
    assert len(text.splitlines()) <= 5
    assert "orders-0" in text
    if number == 1:
        assert as_text([healthy()]) == FINE


def test_sources_and_passed_checks_are_behind_a_flag() -> None:
    loud = as_text([healthy()], (), TextOptions(verbose=True))
    assert "temporal v1.31.2" in loud
    assert "temporal v1.31.2" not in as_text([healthy()])
    assert "server version" in loud


RAW = "UNAVAILABLE: failed to connect to all addresses; last error: ipv4:10.0.0.1:7233"


def test_consequences_are_one_line_below_their_cause_and_raw_texts_are_behind_a_flag() -> None:
    failure = Failure(Reason.UNREACHABLE, "GetSystemInfo: no connection to the target", RAW)
    seen = building.observation(Role.SERVER, failure=failure), *building.healthy()[1:]
    snapshot = take(building.FROZEN, building.subject(), seen, building.NOW)
    lines = as_text([snapshot]).splitlines()
    assert [line for line in lines if line.startswith("  unknown")] == [
        "  unknown      server version: GetSystemInfo: no connection to the target [unreachable]"
    ]
    assert "      6 consequences: persistence version, persistence plugin" in as_text([snapshot])
    assert RAW not in as_text([snapshot])
    loud = as_text([snapshot], (), TextOptions(verbose=True))
    assert RAW in loud
    assert loud.count("      follows: ") == 6
    short = as_text([snapshot], (), TextOptions(short=True))
    assert short.startswith("unknown      orders-live: would start: ")
    assert "server version unreachable\n" in short
    (annotation,) = as_github([snapshot]).splitlines()
    assert "(also persistence version, persistence plugin" in annotation


def test_short_is_one_line_a_cluster() -> None:
    text = as_text([behind(), silent(), healthy("a"), healthy("b")], (), TextOptions(short=True))
    assert text.splitlines()[:2] == [
        "unsupported  orders-live: would start: no; persistence schema schema_behind, server replicas"
        " mixed_versions",
        "unknown      payments-live: would start: not known; server version not_yet_observed",
    ]
    assert len(text.splitlines()) == 4


@law(product(WIDTHS, [False, True], [False, True]))
def test_nothing_is_wider_than_the_terminal(width: int, colours: bool, verbose: bool) -> None:
    style = TextStyle(width, colours=colours, symbols=colours)
    text = as_text([behind(), silent(), healthy()], (), TextOptions(style, verbose, config_file="a b.yaml"))
    lines = [re.sub("\x1b\\[[0-9]+m", "", line) for line in text.splitlines()]
    assert [line for line in lines if len(line) > width] == []
    assert ("\x1b" in text) is colours
    # Symbols go with words, and nothing is lost.
    plain = as_text([behind(), silent(), healthy()], (), TextOptions(verbose=verbose, config_file="a b.yaml"))
    words = re.sub(r"[✓✗?!]|\\\n", "", "\n".join(lines)).split()
    assert [word for word in plain.split() if word not in " ".join(words)] == []


def test_what_a_server_sends_moves_no_cursor() -> None:
    base = silent()
    (result,) = base.judgement.results
    hostile = replace(result, message="a\x1b[2Jb\nc\u202ed")
    text = as_text([replace(base, judgement=replace(base.judgement, results=(hostile,)))])
    assert "a [2Jb c d" in text


@law(
    [
        ([(SUPPORTED, True)], (), "nothing unsupported or unknown"),
        ([(UNTESTED, True)], (), "untested counts only with --fail-on untested: orders-0"),
        ([(UNTESTED, True)], (UNTESTED,), "--fail-on untested: orders-0"),
        ([(SUPPORTED, True), (UNSUPPORTED, True)], (), "unsupported: orders-1"),
        ([(SUPPORTED, False)], (), "would not start: orders-0"),
        ([(SUPPORTED, None), (UNKNOWN, True)], (), "not known: orders-0, orders-1"),
        ([], (), "nothing was checked: no cluster is configured"),
    ]
)
def test_the_last_line_says_why_the_exit_code_is_what_it_is(
    states: list[tuple[Verdict, bool | None]], fail_on: tuple[Verdict, ...], why: str
) -> None:
    shown = [judged(verdict, start, f"orders-{index}") for index, (verdict, start) in enumerate(states)]
    assert as_text(shown, fail_on).splitlines()[-1] == f"exit code {exit_code(shown, fail_on)}: {why}"


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


def test_a_gate_on_warnings_names_them() -> None:
    snapshot = take(building.FROZEN, building.subject(), building.healthy(), building.NOW)
    last = as_text([snapshot], (Level.CRITICAL,)).splitlines()[-1]
    assert last.startswith("exit code 1: --fail-on critical-advisory: CVE-")
