"""What the program knows about a reason: one frozen record, from which everything else derives."""

from __future__ import annotations

from dataclasses import dataclass

from agent.model.vocabulary import Check, Reason, Verdict

#: The verdicts that a reason can explain, each with the check that gives it.
Answers = frozenset[tuple[Verdict, Check]]

#: Checks that need an answer from a target: without it they are `unknown`, with the failed probe's reason.
NEED_AN_ANSWER = (Check.VERSION, Check.SCHEMA, Check.REPLICAS, Check.PREREQUISITES, Check.CONFIGURATION)

#: The alert for a target that cannot be read.
PROBE_FAILING = "TemporalCompatProbeFailing"


@dataclass(frozen=True)
class ReasonInfo:
    """One reason. `title` is a short sentence for people, `meaning` one or two sentences for the docs.

    `answers`: the verdicts and checks that it can explain; empty where only a plan gives it.
    `is_finding`: people should read it even when the verdict is `supported`.
    `is_probe_failure`: a probe fails with it, or reports with it something that it could not read.
    `is_refusal`: the target answers, but refuses the agent's login or its permissions.
    `is_same_on_every_node`: every other node of the target would fail with it too.
    `lacks_schema`: the store has no schema that a schema tool can continue from; the check `schema` is then
    `unsupported`.
    `can_be_waived`: a waiver of the configuration may name it.
    `hint`: what to check when a target gives this reason; `{right}` is the permission that this component
    must grant. `remedy`: what to do about a blocker of a plan, with the placeholders `{component}`, `{role}`,
    `{release}` and `{plugins}`; empty where the message of the blocker says what to do.
    `has_published_remedy`: a published remedy for the store or the release goes before `remedy`.
    `runbook`: the alert whose runbook covers this reason; empty where the runbook of the verdict does. An
    `unsupported` result always links to the runbook of its verdict.
    """

    code: Reason
    title: str
    meaning: str
    answers: Answers = frozenset()
    is_finding: bool = False
    is_probe_failure: bool = False
    is_refusal: bool = False
    is_same_on_every_node: bool = False
    lacks_schema: bool = False
    can_be_waived: bool = True
    hint: str = ""
    remedy: str = ""
    has_published_remedy: bool = False
    runbook: str = ""

    def runbook_for(self, verdict: Verdict, check: Check) -> str:
        """The alert whose runbook covers a result with this reason; empty where none does.

        For `unsupported` the verdict and the check decide, as in the alert rules.
        """
        if verdict is Verdict.UNSUPPORTED:
            return "TemporalSchemaBehind" if check is Check.SCHEMA else "TemporalUnsupported"
        return self.runbook or ("TemporalCompatUnknown" if verdict is Verdict.UNKNOWN else "")

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdicts that it can explain, in the order of the vocabulary."""
        return tuple(verdict for verdict in Verdict if any(verdict is given for given, _ in self.answers))

    @property
    def checks(self) -> tuple[Check, ...]:
        """The checks that it can explain, in the order of the vocabulary."""
        return tuple(check for check in Check if any(check is given for _, given in self.answers))


def supported(*checks: Check) -> Answers:
    """The verdict `supported` of these checks."""
    return _answers(Verdict.SUPPORTED, checks)


def untested(*checks: Check) -> Answers:
    """The verdict `untested` of these checks."""
    return _answers(Verdict.UNTESTED, checks)


def unsupported(*checks: Check) -> Answers:
    """The verdict `unsupported` of these checks."""
    return _answers(Verdict.UNSUPPORTED, checks)


def unknown(*checks: Check) -> Answers:
    """The verdict `unknown` of these checks."""
    return _answers(Verdict.UNKNOWN, checks)


def _answers(verdict: Verdict, checks: tuple[Check, ...]) -> Answers:
    return frozenset((verdict, check) for check in checks)
