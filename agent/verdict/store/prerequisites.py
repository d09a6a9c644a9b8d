"""What a store must be able to do, beside its version: judged by its settings, and named with what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agent.matrix import Need
from agent.model.observation import Facts
from agent.model.versions import parse
from agent.model.vocabulary import Reason, Role, Verdict
from agent.verdict.store.answer import Answer
from agent.verdict.store.isolation import isolation
from agent.verdict.store.schema_version import read_schema_version
from agent.verdict.store.writable import refused_binlog, refused_writes

#: From this version on SQL visibility has search attributes: JSON columns, and indexes of another kind.
_ADVANCED = parse("1.2").number

_MYSQL_STEP = "temporalio/temporal@v1.20.4: schema/mysql/v8/visibility/versioned/v1.2/advanced_visibility.sql"
_POSTGRESQL_STEP = (
    "temporalio/temporal@v1.20.4: schema/postgresql/v12/visibility/versioned/v1.2/advanced_visibility.sql"
)


def prerequisites(
    role: Role,
    component: str,
    needs: Sequence[Need],
    facts: Facts,
    attributes: tuple[str, ...] | None = None,
    *,
    is_in_use: bool = False,
) -> list[Answer]:
    """An answer to each prerequisite of this store that applies; none where nothing is known of it.

    `attributes`: the names in this store's `connectAttributes`, where Temporal's own file is known.
    `is_in_use`: a server answers that runs on this store.
    """
    if facts.limits and not facts.settings and applies(role, component, needs):
        return [Answer(Verdict.UNKNOWN, limit.reason, limit.text) for limit in facts.limits[:1]]
    answers = [refused_writes(role, facts.settings)]
    if component == "mysql":
        answers += [refused_binlog(role, facts.settings), isolation(facts, attributes, is_in_use=is_in_use)]
        if role is not Role.PERSISTENCE and facts.settings:
            answers.append(_ansi_quotes(facts.settings, needs))
    if component == "postgresql" and role is not Role.PERSISTENCE and "btree_gin" in facts.settings:
        answers.append(_extension(facts, needs))
    return [answer for answer in answers if answer is not None]


def applies(role: Role, component: str, needs: Sequence[Need]) -> bool:
    """Whether the store is known to have prerequisites, whatever was read of it."""
    if component == "postgresql":
        return role is not Role.PERSISTENCE and _is_advanced(needs) is True
    return component == "mysql"


def _ansi_quotes(settings: Mapping[str, str], needs: Sequence[Need]) -> Answer | None:
    """Temporal's own SQL has no double quotes but in the steps of this schema."""
    advanced = _is_advanced(needs)
    if advanced is False:
        return None
    if "sql_mode" not in settings:
        return Answer(Verdict.UNKNOWN, Reason.SETTING_UNREADABLE, "sql_mode is not told", _MYSQL_STEP)
    if "ANSI_QUOTES" not in settings["sql_mode"].upper().split(","):
        message = "sql_mode is without ANSI_QUOTES"
        return Answer(Verdict.SUPPORTED, Reason.PREREQUISITES_MET, message, _MYSQL_STEP)
    if advanced is None:
        message = "sql_mode has ANSI_QUOTES, which this server may bear or not"
        return Answer(Verdict.UNKNOWN, needs[0].reason, message, _MYSQL_STEP)
    message = "sql_mode has ANSI_QUOTES, under which the schema tool's steps fail: take it out of sql_mode"
    return Answer(Verdict.UNSUPPORTED, Reason.SQL_MODE_ANSI_QUOTES, message, _MYSQL_STEP)


def _extension(facts: Facts, needs: Sequence[Need]) -> Answer | None:
    advanced, state = _is_advanced(needs), facts.settings["btree_gin"]
    if advanced is False:
        return None
    if state == "installed":
        message = "the extension btree_gin is installed"
        return Answer(Verdict.SUPPORTED, Reason.PREREQUISITES_MET, message, _POSTGRESQL_STEP)
    if advanced is None:
        message = "the extension btree_gin is not installed, and may be needed or not"
        return Answer(Verdict.UNKNOWN, needs[0].reason, message, _POSTGRESQL_STEP)
    schema = read_schema_version(facts.schema.version or "") if facts.schema else None
    is_there = schema is not None and schema.number >= _ADVANCED
    if state == "creatable" and not is_there:
        message = "the schema tool will create the extension btree_gin, and may"
        return Answer(Verdict.SUPPORTED, Reason.PREREQUISITES_MET, message, _POSTGRESQL_STEP)
    do = {
        "absent": "install PostgreSQL's contrib modules on its machine, then run CREATE EXTENSION btree_gin",
        "creatable": "run CREATE EXTENSION btree_gin in this database",
    }.get(
        state,
        "let a superuser run CREATE EXTENSION btree_gin in this database; from PostgreSQL 13 on the right"
        " CREATE on the database is enough",
    )
    why = f"the indexes of schema {schema} need it" if is_there else "the next schema steps need it"
    message = f"the extension btree_gin is not installed, and {why}: {do}"
    return Answer(Verdict.UNSUPPORTED, Reason.EXTENSION_MISSING, message, _POSTGRESQL_STEP)


def _is_advanced(needs: Sequence[Need]) -> bool | None:
    """Whether some server that runs needs that schema; None: it depends on what is not known."""
    if any(need.low is not None and need.low.number >= _ADVANCED for need in needs):
        return True
    if all(need.high is not None and need.high.number < _ADVANCED for need in needs):
        return False
    # A release without a schema for this plugin needs none.
    return False if all(need.low is None and need.high is None for need in needs) else None
