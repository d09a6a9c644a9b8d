"""Mutated conversations: a read gives facts or a ProbeError, in time, whatever the target says."""

from __future__ import annotations

import json
import logging
import random
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from agent.probes import PROBES
from tests.fuzz.mutation import mutated
from tests.fuzz.recording import pieces_of, recorded
from tests.fuzz.replay import breach
from tests.probes.contract import GRPC

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.json"))

#: Inputs for each kind in `make test`: 20,000 in all, fewer where an input takes longer.
INPUTS = {
    **dict.fromkeys((*GRPC, "zookeeper"), 3000),
    **dict.fromkeys(("kafka", "cassandra"), 2500),
    "temporal_metrics": 1_200,
    "temporal_prometheus": 1_000,
    **dict.fromkeys(("grafana", "prometheus", "temporal_http", "sqlite"), 800),
    "elasticsearch": 400,
    "mysql": 600,
    "postgresql": 150,
}
#: Of gRPC's own frames, through its own C core.
FRAMES = 50
#: A million in all.
TIMES_IN_FULL = 50


@pytest.mark.parametrize("times", [1, pytest.param(TIMES_IN_FULL, marks=pytest.mark.full)])
@pytest.mark.parametrize("kind", PROBES)
def test_a_mutated_conversation_gives_facts_or_a_failure(
    kind: str, times: int, caplog: pytest.LogCaptureFixture
) -> None:
    pieces = pieces_of(kind)
    assert breach(kind, pieces) is None
    breaches = {}
    for number in range(INPUTS[kind] * times):
        chance = random.Random(f"{kind} {number}")
        if found := breach(kind, mutated(pieces, chance)):
            breaches[number] = found
    assert not breaches
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.parametrize("times", [1, pytest.param(TIMES_IN_FULL, marks=pytest.mark.full)])
@pytest.mark.parametrize("kind", GRPC)
def test_mutated_frames_of_grpc_give_facts_or_a_failure(kind: str, times: int) -> None:
    breaches = {}
    for number in range(FRAMES * times):
        chance = random.Random(f"{kind} {number}")
        if found := breach(kind, mutated(recorded(kind), chance), by_tcp=True):
            breaches[number] = found
    assert not breaches


def test_recorded_conversations_that_broke_a_probe_do_not_break_it_again() -> None:
    assert CORPUS
    assert not {path.stem: found for path in CORPUS if (found := _breach_of(json.loads(path.read_text())))}


def _breach_of(case: dict[str, Any]) -> str | None:
    return breach(case["kind"], [b64decode(piece) for piece in case["pieces"]], by_tcp=case["by_tcp"])


def test_make_test_has_twenty_thousand_inputs_and_the_full_run_a_million() -> None:
    everyday = sum(INPUTS.values()) + FRAMES * len(GRPC)
    assert set(INPUTS) == set(PROBES)
    assert everyday >= 20_000
    assert everyday * TIMES_IN_FULL >= 1_000_000
