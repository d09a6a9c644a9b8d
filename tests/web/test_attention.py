"""What a supported cluster still needs: no cluster is green while an alert fires for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from agent.mixin import THRESHOLDS
from agent.model.observation import Failure, Observation, Target
from agent.model.vocabulary import Level, Reason, Role, Verdict
from agent.reports.next_step import MAX_MINORS_BEHIND
from agent.snapshot import Snapshot
from agent.verdict import ServerState, StartAnswer, Warned
from agent.verdict.result import EndOfLife
from agent.web.attention import END_OF_LIFE_NOTICE, WAIVER_NOTICE
from agent.web.view import ATTENTION, row
from tests.building import MATRIX
from tests.laws import law
from tests.web.samples import AT, behind, silent

FAILED = Observation(Target(Role.SERVER, "temporal", "grpc"), AT, 1.0, failure=Failure(Reason.TIMEOUT, "no"))


def fine(**judged: Any) -> Snapshot:
    base = silent()
    judgement = replace(
        base.judgement, verdict=Verdict.SUPPORTED, start=StartAnswer(True, ""), results=(), **judged
    )
    return replace(base, judgement=judgement, taken=AT)


def server(patches: int, minors: int) -> ServerState:
    return ServerState("1.30.6", "1.30.6", None, patches, minors, stale=False)


def warned(level: Level, applies: bool | None) -> Warned:
    return Warned(replace(MATRIX.advisories.all[0], level=level), applies)


@law(
    [
        (fine(), "supported", []),
        (replace(fine(), observations=(FAILED,)), ATTENTION, ["1 failed probe"]),
        (fine(server=server(2, 1)), "supported", ["1 minor and 2 patches behind"]),
        (fine(server=server(0, 3)), ATTENTION, ["3 minors behind"]),
        (fine(advisories=(warned(Level.CRITICAL, True),)), ATTENTION, ["1 critical warning"]),
        (fine(advisories=(warned(Level.CRITICAL, None),)), "supported", ["1 possible warning"]),
        (fine(advisories=(warned(Level.INFO, True),)), "supported", []),
        (
            fine(ends_of_life=(EndOfLife(Role.PERSISTENCE, "mysql", date(2026, 12, 1)),)),
            ATTENTION,
            ["mysql end of life 2026-12-01"],
        ),
        (fine(ends_of_life=(EndOfLife(Role.PERSISTENCE, "mysql", date(2027, 12, 1)),)), "supported", []),
        (fine(waivers=behind().judgement.waivers), "supported", ["1 waiver until 2027-03-01"]),
        (fine(remarks=behind().judgement.remarks), "supported", []),
        (fine(remarks=(replace(behind().judgement.remarks[0], waiver=None),)), ATTENTION, []),
    ]
)
def test_a_cluster_is_supported_only_while_no_alert_fires_for_it(
    snapshot: Snapshot, state: str, notes: list[str]
) -> None:
    shown = row(snapshot)
    assert (shown.state, [note.text for note in shown.notes]) == (state, notes)


def test_the_limits_are_those_of_the_alerts() -> None:
    alerts = {each.name: each.default for each in THRESHOLDS}
    assert alerts["end_of_life_days"] == str(END_OF_LIFE_NOTICE.days)
    assert alerts["waiver_days"] == str(WAIVER_NOTICE.days)
    # The alert fires from its number on, the page above its own.
    assert alerts["minors_behind"] == str(MAX_MINORS_BEHIND + 1)
