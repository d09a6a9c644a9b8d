"""The parts of a judgement: plain frozen data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from agent.matrix import Advisory
from agent.model.observation import Target
from agent.model.reasons import REASONS
from agent.model.text import shorten
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict.waiver import AdvisoryWaiver, AdvisoryWaiverState, Waiver, WaiverState

#: In characters: a message may repeat what many nodes report.
_MAX_MESSAGE = 2000


class Cause(NamedTuple):
    """The finding that another finding follows from."""

    role: Role
    check: Check
    reason: Reason


@dataclass(frozen=True)
class Result:
    """The answer to one check: verdict, reason, a sentence for people, and the source.

    `waiver`: the one that accepts it. Its own verdict does not change; the cluster's verdict ignores it.
    `caused_by`: the finding that it follows from, which is the one to repair.
    """

    role: Role
    check: Check
    component: str
    verdict: Verdict
    reason: Reason
    message: str
    source: str = ""
    waiver: Waiver | None = None
    caused_by: Cause | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", shorten(self.message, _MAX_MESSAGE))

    @property
    def is_finding(self) -> bool:
        return self.verdict is not Verdict.SUPPORTED or REASONS[self.reason].is_finding


@dataclass(frozen=True)
class SchemaState:
    """A store's schema: its version, the version that the server needs, and how many versions are between.

    `required` is empty and `drift` is None where the need is not certain.
    """

    role: Role
    component: str
    plugin: str
    version: str
    required: str
    drift: int | None


@dataclass(frozen=True)
class ServerState:
    """The oldest release that runs. `stale`: this is what ran when the server last answered.

    `newest`: the newest release that runs, the same while only one runs; empty where it is not known.
    """

    version: str
    release: str
    published: date | None
    patches_behind: int
    minors_behind: int
    stale: bool
    newest: str = ""


@dataclass(frozen=True)
class StartAnswer:
    """Whether the server would start again now; None: not known."""

    would_start: bool | None
    message: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", shorten(self.message, _MAX_MESSAGE))


def worst_start(answers: Sequence[StartAnswer]) -> StartAnswer:
    """The first "no"; without one the first "not known"; else the first "yes"."""
    for decisive in (False, None):
        for answer in answers:
            if answer.would_start is decisive:
                return answer
    return answers[0]


@dataclass(frozen=True)
class Warned:
    """A published warning about the cluster. `applies`: None where its condition is not known to be true.

    `waiver`: the one that accepts it.
    """

    advisory: Advisory
    applies: bool | None
    waiver: AdvisoryWaiver | None = None

    @property
    def counts(self) -> bool:
        """Whether it applies or may apply, and nobody has accepted it."""
        return self.applies is not False and self.waiver is None


@dataclass(frozen=True)
class EndOfLife:
    """The day on which the vendor stops maintaining a role's component; the earliest of its nodes."""

    role: Role
    component: str
    on: date


@dataclass(frozen=True)
class Judgement:
    """The judgement of one cluster. It is valid until the monotonic time `valid_until`, in seconds.

    Two judgements are equal if they say the same, for however long.
    `verdict` ignores what is waived; `start` and the verdicts of `results` do not.
    """

    verdict: Verdict
    start: StartAnswer
    results: tuple[Result, ...]
    remarks: tuple[Result, ...]
    schemas: tuple[SchemaState, ...]
    server: ServerState | None
    valid_until: float = field(compare=False)
    waivers: tuple[WaiverState, ...] = ()
    advisory_waivers: tuple[AdvisoryWaiverState, ...] = ()
    advisories: tuple[Warned, ...] = ()
    ends_of_life: tuple[EndOfLife, ...] = ()
    fresh: frozenset[Target] = frozenset()

    @property
    def findings(self) -> tuple[Result, ...]:
        """Every result that people should read, and every remark."""
        return tuple(result for result in self.results if result.is_finding) + self.remarks
