"""`--only` and `--exclude`: which roles and checks count."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches

from agent.model.vocabulary import CHECKS, Check, Role
from agent.reports.text_style import TextStyle
from agent.snapshot import Snapshot
from agent.verdict import Result
from agent.verdict.waivers import cluster_verdict

_NAMES = (*Role, *Check)


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
        results = tuple(filter(self._takes, judgement.results))
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


def read_names(text: str) -> frozenset[str]:
    """The roles and checks in a list with commas.

    Raises:
        ValueError: a name is neither a role nor a check; the message names the closest ones.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in _NAMES:
            close = get_close_matches(name[:60], _NAMES, 2)
            hint = f"did you mean {' or '.join(close)}?" if close else "--list-checks prints all of them"
            raise ValueError(f"{name[:60]!r} is neither a role nor a check; {hint}")
    return frozenset(names)


def list_lines(sections: Collection[tuple[Role, Check]], style: TextStyle) -> Iterator[str]:
    """The roles with their checks, and the question that each check answers."""
    indent = " " * 22
    for role in Role:
        checks = [check for check in Check if (role, check) in sections]
        yield from style.paragraph(", ".join(checks), indent, f"{role:<22}")
    yield ""
    for check, info in CHECKS.items():
        yield from style.paragraph(info.question, indent, f"{check:<22}")
