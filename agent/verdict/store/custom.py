"""A custom datastore (`customDatastore`): no probe can read it, and no source says anything about it.

A server with the code for it does not check its schema at start (temporalio/temporal@v1.31.2:
temporal/fx.go, verifyPersistenceCompatibleVersion: only Cassandra and SQL).
"""

from __future__ import annotations

from agent.matrix import ReleaseMatch
from agent.matrix.roles import refusal
from agent.model.roles import role_title
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict.check import CheckInputs, Outcome
from agent.verdict.cluster import StoreSpec
from agent.verdict.result import Result, StartAnswer
from agent.verdict.role_version import worst_result
from agent.verdict.store.other import other_store
from agent.verdict.store.required import required_check
from agent.verdict.store.store import UNCHECKED, StoreJudge


def custom_outcome(inputs: CheckInputs, role: Role, spec: StoreSpec) -> Outcome:
    """The checks `version` and `required`, and whether the server would start."""
    store = CustomJudge(inputs, role, spec)
    if store.is_elsewhere:
        return other_store(store, (Check.VERSION,))
    results = (store.version_result(), *required_check(store).results)
    return Outcome(results, starts=store.starts(store.start_by_use()))


class CustomJudge(StoreJudge):
    """Judges whether the running releases can use a custom datastore at all."""

    def __init__(self, inputs: CheckInputs, role: Role, spec: StoreSpec) -> None:
        super().__init__(inputs, role, spec)
        self._name = f"the custom datastore {spec.label[:60]}".rstrip()

    def version_result(self) -> Result:
        """The check `version`: never supported, since no source is about such a store."""
        if not self.running.matches:
            message = f"{self._name} is configured, but the server's release is not known"
            return self.result(Check.VERSION, Verdict.UNKNOWN, Reason.SERVER_UNKNOWN, message)
        return self.downgrade_if_stale(
            worst_result([self._judge_use(match) for match in self.running.matches])
        )

    def _judge_use(self, match: ReleaseMatch) -> Result:
        server = f"Temporal {match.version.raw[:60]}"
        reasons = [
            refusal(release, self.role, self.component) for release in match.releases or match.neighbours
        ]
        refused = [reason for reason in reasons if reason is not None]
        if refused and len(refused) == len(reasons):
            message, source = f"{server} cannot use {self._name} for {role_title(self.role)}", refused[0][1]
            return self.result(
                Check.VERSION, Verdict.UNSUPPORTED, Reason.COMPONENT_NOT_SUPPORTED, message, source
            )
        if refused or not match.releases:
            message = f"it is not known whether {server} can use {self._name} for {role_title(self.role)}"
            return self.result(Check.VERSION, Verdict.UNKNOWN, match.reason, message)
        message = (
            f"{server} can use {self._name} for {role_title(self.role)}, but no source confirms that they"
            f" work together"
        )
        return self.result(
            Check.VERSION, Verdict.UNTESTED, Reason.CUSTOM_STORE, message, match.releases[0].source
        )

    def start_by_use(self) -> StartAnswer:
        """Whether the running releases start with such a store."""
        if self.role is Role.SECONDARY_VISIBILITY:
            # A release that does not support it ignores it (temporalio/temporal@v1.22.7:
            # common/persistence/visibility/factory.go:60).
            return UNCHECKED
        results = [self._judge_use(match) for match in self.running.matches]
        if not results:
            return StartAnswer(None, "the server's release is not known")
        worst = worst_result(results)
        if worst.verdict is Verdict.UNSUPPORTED:
            return StartAnswer(False, worst.message)
        if worst.verdict is Verdict.UNKNOWN:
            return StartAnswer(None, worst.message)
        return StartAnswer(True, f"the server does not check {self._name} at start")
