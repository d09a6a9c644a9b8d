"""The settings and extensions that a store needs, besides its version, and how to add them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agent.components.record import Prerequisite
from agent.components.registry import record, relative_or
from agent.matrix import Need
from agent.matrix.schema import need
from agent.model.observation import Facts
from agent.model.versions import parse
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict.check import Outcome, one
from agent.verdict.result import Result
from agent.verdict.role_version import worst_result
from agent.verdict.store.answer import Answer
from agent.verdict.store.encryption import refused_plain
from agent.verdict.store.isolation import ServerSession, isolation
from agent.verdict.store.schema_version import read_schema_version
from agent.verdict.store.store import StoreJudge
from agent.verdict.store.writable import refused_binlog, refused_locks, refused_writes

#: From this version on SQL visibility has search attributes: JSON columns, and other kinds of indexes.
_ADVANCED = parse("1.2").number

#: The first dependency page is about the releases before this one.
_AFTER_DOCUMENT = parse("1.4.0").number

_MYSQL_STEP = "temporalio/temporal@v1.20.4: schema/mysql/v8/visibility/versioned/v1.2/advanced_visibility.sql"
_POSTGRESQL_STEP = (
    "temporalio/temporal@v1.20.4: schema/postgresql/v12/visibility/versioned/v1.2/advanced_visibility.sql"
)


#: The step of 1.20 is CREATE EXTENSION without IF NOT EXISTS, fixed in 1.21.0 (the same file @v1.21.0).
_BARE_STEP = (
    ". The schema tool of 1.20 fails if the extension already exists: apply the visibility schema 1.2 with"
    " the tool and the schema folder of 1.21.6"
)


def prerequisites_check(store: StoreJudge) -> Outcome:
    """The worst answer; nothing where the store has no prerequisites, or they could not be read."""
    result = _result(store)
    return one(store.downgrade_if_stale(result) if result else None)


def _result(store: StoreJudge) -> Result | None:
    if store.facts is None:
        if not applies(store.role, store.component, _needs(store)):
            return None
        return store.result(Check.PREREQUISITES, Verdict.UNKNOWN, *store.view.silence(store.role))
    results = [
        store.result(Check.PREREQUISITES, answer.verdict, answer.reason, answer.message, answer.source)
        for answer in prerequisites_of(store)
    ]
    return worst_result(results) if results else None


def prerequisites_of(store: StoreJudge) -> list[Answer]:
    """An answer to each prerequisite of this store that applies; none where it was not read."""
    if store.facts is None:
        return []
    file = store.view.subject.server_file
    attributes = file.connect_attributes.get(store.role) if file is not None else None
    is_in_use = any(store.view.fresh(server) for server in store.view.of(Role.SERVER))
    is_documented = any(match.version.number < _AFTER_DOCUMENT for match in store.running.matches)
    is_unencrypted = file is not None and store.role in file.unencrypted_stores
    session = ServerSession(attributes, is_unencrypted, is_in_use, is_documented)
    return prerequisites(store.role, store.component, _needs(store), store.facts, session)


def _needs(store: StoreJudge) -> list[Need]:
    return [need(match, store.component, store.plugin, store.role) for match in store.running.matches]


def prerequisites(
    role: Role, component: str, needs: Sequence[Need], facts: Facts, session: ServerSession
) -> list[Answer]:
    """An answer to each prerequisite of this store that applies; none where nothing is known about it."""
    component = relative_or(component, facts.component)
    refused = refused_plain(component, facts, session)
    if refused is None and facts.gaps and not facts.settings and applies(role, component, needs):
        return [Answer(Verdict.UNKNOWN, gap.reason, gap.text) for gap in facts.gaps[:1]]
    needed = record(component).prerequisites
    answers: list[Answer | None] = [refused, refused_writes(role, facts.settings)]
    answers.append(refused_binlog(role, facts.settings))
    answers.append(refused_locks(facts.flavor, facts.settings))
    if Prerequisite.TRANSACTION_ISOLATION in needed:
        answers.append(isolation(facts, session))
    if role is not Role.PERSISTENCE and Prerequisite.NO_ANSI_QUOTES in needed and facts.settings:
        answers.append(_ansi_quotes(facts.settings, needs))
    if role is not Role.PERSISTENCE and Prerequisite.BTREE_GIN in needed and "btree_gin" in facts.settings:
        answers.append(_extension(facts, needs))
    return [answer for answer in answers if answer is not None]


def applies(role: Role, component: str, needs: Sequence[Need]) -> bool:
    """Whether the store is known to have prerequisites, whether or not it could be read."""
    needed = record(component).prerequisites
    if Prerequisite.TRANSACTION_ISOLATION in needed:
        return True
    return bool(needed) and role is not Role.PERSISTENCE and _is_advanced(needs) is True


def _ansi_quotes(settings: Mapping[str, str], needs: Sequence[Need]) -> Answer | None:
    """Only the steps of this schema have double quotes in Temporal's SQL."""
    advanced = _is_advanced(needs)
    if advanced is False:
        return None
    if "sql_mode" not in settings:
        return Answer(Verdict.UNKNOWN, Reason.SETTING_UNREADABLE, "sql_mode could not be read", _MYSQL_STEP)
    if "ANSI_QUOTES" not in settings["sql_mode"].upper().split(","):
        message = "sql_mode does not contain ANSI_QUOTES"
        return Answer(Verdict.SUPPORTED, Reason.PREREQUISITES_MET, message, _MYSQL_STEP)
    if advanced is None:
        message = "sql_mode has ANSI_QUOTES, which this server may or may not accept"
        return Answer(Verdict.UNKNOWN, _undecided(needs), message, _MYSQL_STEP)
    message = "sql_mode has ANSI_QUOTES, so the steps of the schema tool fail: remove it from sql_mode"
    return Answer(Verdict.UNSUPPORTED, Reason.SQL_MODE_ANSI_QUOTES, message, _MYSQL_STEP)


def _extension(facts: Facts, needs: Sequence[Need]) -> Answer | None:
    advanced, state = _is_advanced(needs), facts.settings["btree_gin"]
    if advanced is False:
        return None
    schema = read_schema_version(facts.schema.version or "") if facts.schema else None
    is_applied = schema is not None and schema.number >= _ADVANCED
    trap = "" if is_applied or not _has_bare_step(needs) else _BARE_STEP
    if state == "installed":
        message = f"the extension btree_gin is installed{trap}"
        return Answer(Verdict.SUPPORTED, Reason.PREREQUISITES_MET, message, _POSTGRESQL_STEP)
    if advanced is None:
        message = "the extension btree_gin is not installed; this server may or may not need it"
        return Answer(Verdict.UNKNOWN, _undecided(needs), message, _POSTGRESQL_STEP)
    if state == "creatable" and not is_applied:
        message = "the schema tool will create the extension btree_gin, and has the right to"
        return Answer(Verdict.SUPPORTED, Reason.PREREQUISITES_MET, message, _POSTGRESQL_STEP)
    remedy = {
        "absent": "install PostgreSQL's contrib modules on the database host, then run CREATE EXTENSION"
        " btree_gin",
        "creatable": "run CREATE EXTENSION btree_gin in this database",
    }.get(
        state,
        "let a superuser run CREATE EXTENSION btree_gin in this database (from PostgreSQL 13 on the right"
        " CREATE on the database is enough)",
    )
    why = f"the indexes of schema {schema} need it" if is_applied else "the next schema steps need it"
    message = f"the extension btree_gin is not installed, and {why}: {remedy}{trap}"
    return Answer(Verdict.UNSUPPORTED, Reason.EXTENSION_MISSING, message, _POSTGRESQL_STEP)


def _has_bare_step(needs: Sequence[Need]) -> bool:
    """Whether a release needs just that step, as only 1.20 does, so that its own tool would apply it."""
    return any(need.high is not None and need.high.number == _ADVANCED for need in needs)


def _is_advanced(needs: Sequence[Need]) -> bool | None:
    """Whether a running server needs that schema; None: not known."""
    answers = [_needs_advanced(need) for need in needs]
    if True in answers:
        return True
    return None if None in answers else False


def _needs_advanced(need: Need) -> bool | None:
    if need.low is not None and need.low.number >= _ADVANCED:
        return True
    # A release without a schema for this plugin needs no schema.
    has_no_schema = need.low is None and need.high is None
    return False if has_no_schema or (need.high is not None and need.high.number < _ADVANCED) else None


def _undecided(needs: Sequence[Need]) -> Reason:
    """Why it is not known whether a server needs that schema."""
    return next(need.reason for need in needs if _needs_advanced(need) is None)
