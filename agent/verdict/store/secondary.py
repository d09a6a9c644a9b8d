"""Whether a server starts with its secondary visibility store, whose schema it never compares.

Seen with real servers on PostgreSQL 15, 2026-11-28: 1.23.1 and 1.24.2 connect to it when they start, and exit
where the database is missing, down or refuses the password; 1.31.2 starts all the same. An empty database, or
an old schema, stops none of them. Earlier runs saw the same of 1.21.6 (exits) and 1.25.2 (starts).
"""

from __future__ import annotations

from packaging.specifiers import SpecifierSet

from agent.model.vocabulary import Reason
from agent.verdict.result import StartAnswer
from agent.verdict.server.running_versions import Running

#: Of a second visibility store that the server only uses later.
UNCHECKED = StartAnswer(
    True, "the server does not check the schema of its secondary visibility store at start"
)
_CONNECTS = SpecifierSet(">=1.21.0,<1.25.0")
_SQL_SERVERS = frozenset({"mysql", "postgresql"})


def connects_at_start(running: Running, component: str) -> bool:
    """Whether some server that runs opens this store before it is up."""
    return component in _SQL_SERVERS and any(match.version.within(_CONNECTS) for match in running.matches)


def secondary_start(failure: tuple[Reason, str] | None) -> StartAnswer:
    """The answer for a server that connects at start; `failure`: why the agent could not read the store."""
    if failure is None:
        return UNCHECKED
    reason, text = failure
    message = f"secondary_visibility: the server connects to this store when it starts, and {text}"
    return StartAnswer(False if reason is Reason.DATABASE_MISSING else None, message)
