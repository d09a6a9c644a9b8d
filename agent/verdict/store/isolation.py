"""The isolation level that the server sets on each connection to MySQL, and by which name.

The name is `transaction_isolation`, unless `connectAttributes` has `tx_isolation`
(temporalio/temporal@v1.3.0: common/persistence/sql/sqlplugin/mysql/plugin.go; @v1.31.2:
common/persistence/sql/sqlplugin/mysql/session/session.go:159). A MySQL that lacks the variable refuses the
connection.
"""

from __future__ import annotations

from dataclasses import dataclass

from agent.model.observation import Facts
from agent.model.versions import UnreadableVersionError, parse
from agent.model.vocabulary import Reason, Verdict
from agent.verdict.store.answer import Answer

_NEW, _OLD = "transaction_isolation", "tx_isolation"
_SESSION = "temporalio/temporal@v1.31.2: common/persistence/sql/sqlplugin/mysql/session/session.go:166"

#: The first version with the new name: https://dev.mysql.com/doc/relnotes/mysql/5.7/en/news-5-7-20.html,
#: https://mariadb.com/kb/en/server-system-variables/#transaction_isolation. Others follow one of these two in
#: ways of their own, and say so only when they are probed.
_FIRST_NEW = {"": (5, 7, 20), "percona": (5, 7, 20), "mariadb": (11, 1, 1)}

_ATTRIBUTE = "connectAttributes: {tx_isolation: \"'READ-COMMITTED'\"}"


@dataclass(frozen=True)
class ServerSession:
    """What is known of the server's connections to a store.

    `attributes`: the names in `connectAttributes` of this store; None where Temporal's own file is not known.
    `is_unencrypted`: Temporal's own file is known, and has no TLS for this store.
    `is_in_use`: a server answers that runs on this store, so it has the attribute that it needs.
    `is_documented`: a release of the first dependency page runs, which decides by versions alone.
    """

    attributes: tuple[str, ...] | None = None
    is_unencrypted: bool = False
    is_in_use: bool = False
    is_documented: bool = False


def isolation(facts: Facts, session: ServerSession) -> Answer | None:
    """The answer by the store's variables, else by its version; nothing where that does not settle it."""
    variables = _variables(facts) if facts.settings or not session.is_documented else None
    if variables is None:
        return None
    if not variables:
        message = f"neither {_NEW} nor {_OLD} could be read, one of which the server sets"
        return Answer(Verdict.UNKNOWN, Reason.SETTING_UNREADABLE, message, _SESSION)
    if session.attributes is None:
        if _NEW in variables:
            return _met(_NEW)
        return _in_use() if session.is_in_use else _not_known(is_probed=bool(facts.settings))
    named = [name for name in (_NEW, _OLD) if name in session.attributes] or [_NEW]
    absent = [name for name in named if name not in variables]
    return _refused(absent[0]) if absent else _met(named[0])


def _variables(facts: Facts) -> frozenset[str] | None:
    """Which of the two variables the store has; None: not known."""
    if facts.settings:
        return frozenset(facts.settings) & {_NEW, _OLD}
    first = _FIRST_NEW.get(facts.flavor)
    try:
        versions = [parse(node.version).release for node in facts.nodes]
    except UnreadableVersionError:
        return None
    # A series such as 5.7 alone has releases of both kinds.
    if first is None or not versions or any(version >= first[: len(version)] for version in versions):
        return None
    return frozenset({_OLD})


def _met(name: str) -> Answer:
    message = f"the variable {name}, which the server sets, exists"
    return Answer(Verdict.SUPPORTED, Reason.PREREQUISITES_MET, message, _SESSION)


def _in_use() -> Answer:
    message = (
        f"this store has only {_OLD}, not {_NEW}: the server that runs must have, and keep, {_ATTRIBUTE}"
    )
    return Answer(Verdict.SUPPORTED, Reason.ISOLATION_ATTRIBUTE_NEEDED, message, _SESSION)


def _not_known(*, is_probed: bool) -> Answer:
    """By its version alone the store is as documented, so only the start is not known."""
    message = (
        f"this store has only {_OLD}, not {_NEW}: the server connects only if its datastore has {_ATTRIBUTE};"
        " look there, or name Temporal's own file with server_config"
    )
    verdict = Verdict.UNKNOWN if is_probed else Verdict.SUPPORTED
    return Answer(verdict, Reason.ISOLATION_ATTRIBUTE_NEEDED, message, _SESSION, would_start=None)


def _refused(name: str) -> Answer:
    remedy = f"add {_ATTRIBUTE} to the datastore" if name == _NEW else f"remove {name} from connectAttributes"
    message = f"the server sets {name} when it connects, and this store has no such variable: {remedy}"
    return Answer(
        Verdict.UNSUPPORTED, Reason.ISOLATION_ATTRIBUTE_NEEDED, message, _SESSION, would_start=False
    )
