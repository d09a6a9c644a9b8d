"""A SQL store that refuses connections without TLS, to which the server connects without TLS.

The server exits when it starts: seen with 1.31.2 on MySQL 8.0.33 and PostgreSQL 15.
"""

from __future__ import annotations

from agent.model.observation import Facts
from agent.model.vocabulary import Reason, Verdict
from agent.verdict.store.answer import Answer
from agent.verdict.store.isolation import ServerSession

_MYSQL = (
    "https://dev.mysql.com/doc/refman/8.0/en/server-system-variables.html#sysvar_require_secure_transport"
)
_POSTGRESQL = "https://www.postgresql.org/docs/current/auth-pg-hba-conf.html"


def refused_plain(component: str, facts: Facts, session: ServerSession) -> Answer | None:
    """The answer where store and server do not fit; nothing where they do, or where it is not known."""
    if not (facts.demands_tls and session.is_unencrypted):
        return None
    message = (
        "this store refuses connections without TLS, and the datastore in Temporal's own file has no TLS: add"
        " `tls: {enabled: true}` to it"
    )
    source = _MYSQL if component == "mysql" else _POSTGRESQL
    return Answer(Verdict.UNSUPPORTED, Reason.TLS_DEMANDED, message, source, would_start=False)
