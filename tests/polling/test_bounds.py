"""What a target reports is bounded in number and in length, and what is cut off never counts as good."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from agent.model.observation import Facts, Failure, Node, RemoteCluster, SchemaRow, SearchIndex, Target
from agent.model.versions import UnreadableVersionError, parse, parse_temporal
from agent.model.vocabulary import Reason, Role
from agent.polling.bounds import MAX_DETAILS, MAX_GAPS, MAX_NODES, MAX_VERSIONS, bounded, bounded_failure
from agent.polling.probe_runner import Runner
from agent.polling.targets import ProbeSpec
from agent.probes import ProbeError
from tests.fleets import HangingProbe

LONG = "x" * 100_000
PROBLEM = Failure(Reason.BAD_ANSWER, LONG)


def size(value: Any) -> int:
    """Characters in all texts of a value, and one for each of its parts."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Mapping):
        return sum(size(key) + size(part) for key, part in value.items())
    if is_dataclass(value):
        return sum(size(getattr(value, field.name)) for field in fields(value))
    if isinstance(value, list | tuple):
        return sum(map(size, value))
    return 1


def hostile(count: int) -> Facts:
    """As much as possible in every field that is shown somewhere."""
    remote = RemoteCluster(LONG, LONG, 1, 1, 1, True, PROBLEM)
    return Facts(
        component="elasticsearch",
        nodes=tuple(Node(f"{number}.{LONG}", LONG, LONG, LONG) for number in range(count)),
        flavor=LONG,
        schema=SchemaRow(LONG, PROBLEM, (LONG,) * count),
        index=SearchIndex({}, PROBLEM),
        plugins={Role.VISIBILITY: (LONG,) * count},
        details={f"{number}{LONG}": LONG for number in range(count)},
        settings={f"{number}{LONG}": LONG for number in range(count)},
        remotes=(remote,) * count,
        gaps=(PROBLEM,) * count,
    )


def test_all_facts_together_are_small() -> None:
    assert size(hostile(100)) > 100_000_000
    assert size(bounded(hostile(100))) < 300_000


def test_facts_within_the_bounds_stay_as_they_are() -> None:
    facts = Facts(
        component="temporal",
        nodes=tuple(
            Node(f"1.31.{number % 3}", f"pod-{number}", "history", "go1.26") for number in range(500)
        ),
        schema=SchemaRow("1.18", None, ("other 1.1",)),
        index=SearchIndex({f"field{number}": "keyword" for number in range(2000)}),
        plugins={Role.VISIBILITY: ("postgres12", "elasticsearch")},
        details={"cluster_id": "a"},
        settings={"sql_mode": "ANSI_QUOTES"},
        gaps=(Failure(Reason.TIMEOUT, "slow"),),
    )
    assert bounded(facts) is facts


def test_the_rest_of_a_cut_list_of_versions_is_not_a_version() -> None:
    nodes = tuple(Node(f"8.{number}.0", f"node-{number}") for number in range(24_000))
    facts = bounded(Facts("elasticsearch", nodes))
    assert facts.nodes[:-1] == nodes[:MAX_VERSIONS]
    rest = facts.nodes[-1].version
    assert rest == f"…and {24_000 - MAX_VERSIONS} more"
    for read in (parse, parse_temporal):
        with pytest.raises(UnreadableVersionError):
            read(rest)
    assert [gap.reason for gap in facts.gaps] == [Reason.ANSWER_TOO_LARGE]


def test_many_nodes_of_few_versions_lose_no_version() -> None:
    nodes = [Node("8.1.0", f"node-{number}") for number in range(5000)]
    nodes.append(Node("7.0.0", "the last one"))
    facts = bounded(Facts("elasticsearch", tuple(nodes)))
    assert len(facts.nodes) == MAX_NODES + 1
    assert {node.version for node in facts.nodes} == {"8.1.0", "7.0.0"}
    assert facts.gaps[0].text == f"5001 nodes were reported, {MAX_NODES + 1} of them are kept"


def test_what_is_left_out_is_a_gap() -> None:
    facts = bounded(Facts("temporal", (), details={str(number): "" for number in range(MAX_DETAILS + 1)}))
    assert len(facts.details) == MAX_DETAILS
    assert facts.gaps == (
        Failure(
            Reason.ANSWER_TOO_LARGE,
            f"{MAX_DETAILS + 1} details were reported, {MAX_DETAILS} of them are kept",
        ),
    )
    many = bounded(Facts("kafka", (), gaps=(Failure(Reason.TIMEOUT, "slow"),) * 500))
    assert len(many.gaps) == MAX_GAPS + 1
    assert many.gaps[-1].text == f"…and {500 - MAX_GAPS} more"


def test_a_failure_is_short() -> None:
    assert len(bounded_failure(PROBLEM).text) == 1000
    assert bounded_failure(PROBLEM).reason is Reason.BAD_ANSWER


@pytest.mark.parametrize("answer", [hostile(50), ProbeError(Reason.BAD_ANSWER, LONG)])
def test_every_answer_of_a_probe_is_bounded(
    answer: Facts | ProbeError, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Hostile(HangingProbe):
        def read(self, timeout: float) -> Facts:
            if isinstance(answer, ProbeError):
                raise answer
            return answer

    monkeypatch.setattr("agent.polling.probe_runner.open_probe", lambda kind, settings: Hostile())
    spec = ProbeSpec(Target(Role.SEARCH, "elasticsearch", "http"), "elasticsearch", None)
    result = Runner(spec).start(5.0).result(5).result
    assert size(result) < 300_000
