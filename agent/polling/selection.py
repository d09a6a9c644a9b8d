"""`--only` and `--exclude`: which roles and checks count."""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent.model.vocabulary import Check, Role
from agent.snapshot import Snapshot
from agent.verdict import Result
from agent.verdict.causes import with_causes
from agent.verdict.waivers import cluster_verdict


@dataclass(frozen=True)
class Selection:
    """Names of roles and checks. With `only`, each of its roles and each of its checks narrows the choice."""

    only: frozenset[str] = frozenset()
    exclude: frozenset[str] = frozenset()

    def applied(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot with these results alone, and the verdict that follows from them.

        Whether the server would start stays: no selection hides that.
        """
        if not (self.only or self.exclude):
            return snapshot
        judgement = snapshot.judgement
        # A consequence stays without its cause, where that one is left out.
        results = with_causes(filter(self._takes, judgement.results))
        chosen = replace(
            judgement,
            results=results,
            remarks=tuple(filter(self._takes, judgement.remarks)),
            verdict=cluster_verdict(results),
        )
        return replace(snapshot, judgement=chosen)

    def _takes(self, result: Result) -> bool:
        names = {str(result.role), str(result.check)}
        roles, checks = self.only & set(Role), self.only & set(Check)
        is_chosen = (not roles or result.role in roles) and (not checks or result.check in checks)
        return is_chosen and not names & self.exclude
