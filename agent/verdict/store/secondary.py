"""Whether a server starts with its further stores, whose schemas it never compares.

Seen with real servers on PostgreSQL 15, 2026-11-28: 1.23.1 and 1.24.2 connect to it when they start, and exit
where the database is missing, down or refuses the password; 1.31.2 starts all the same. An empty database, or
an old schema, stops none of them. Earlier runs saw the same of 1.21.6 (exits) and 1.25.2 (starts).
"""

from __future__ import annotations

from packaging.specifiers import SpecifierSet

from agent.model.vocabulary import Reason, Role
from agent.verdict.result import StartAnswer
from agent.verdict.server.running_versions import RunningVersions

_CONNECTS = SpecifierSet(">=1.21.0,<1.25.0")
_SQL_SERVERS = frozenset({"mysql", "postgresql"})
#: These exit while their advanced visibility store is down; from 1.2 on the client is made without a health
#: check (temporalio/temporal@v1.1.2, @v1.2.1: common/elasticsearch/client.go). Seen with 1.0.0 and 1.1.1.
_CONNECTS_TO_SEARCH = SpecifierSet("<1.2.0")


def connects_at_start(running: RunningVersions, role: Role, component: str) -> bool:
    """Whether this is a further store that some server that runs opens before it is up."""
    if role is Role.SEARCH:
        return any(match.version.within(_CONNECTS_TO_SEARCH) for match in running.matches)
    is_one = role is Role.SECONDARY_VISIBILITY and component in _SQL_SERVERS
    return is_one and any(match.version.within(_CONNECTS) for match in running.matches)


def unread_secondary(reason: Reason, text: str) -> StartAnswer:
    """The answer of such a server where the agent could not read the store, for this reason."""
    message = f"{Role.SECONDARY_VISIBILITY}: the server connects to this store when it starts, and {text}"
    return StartAnswer(False if reason is Reason.DATABASE_MISSING else None, message)
