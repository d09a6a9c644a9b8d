"""Reasons about the schema of a store, and what a store must be able to do besides its version."""

from __future__ import annotations

from agent.model.reasons.info import (
    NEED_AN_ANSWER,
    PROBE_FAILING,
    ReasonInfo,
    supported,
    unknown,
    unsupported,
)
from agent.model.vocabulary import Check, Reason

_SCHEMA, _PREREQUISITES = Check.SCHEMA, Check.PREREQUISITES
_NO_VERSION = (
    "Name the database or keyspace that the server uses for {role}: no schema tool continues from a schema"
    " without a version. If it is the right one, find out which version it has before any step."
)

OF_SCHEMAS = (
    ReasonInfo(
        Reason.SCHEMA_CURRENT,
        "Schema is what the release needs",
        "The recorded version, or the template that the index fits, is the one that the release needs.",
        supported(_SCHEMA),
    ),
    ReasonInfo(
        Reason.SCHEMA_AHEAD,
        "Schema is newer than the release needs",
        "The server runs on a newer schema too: this is the window for going back to the older release.",
        supported(_SCHEMA),
        is_finding=True,
    ),
    ReasonInfo(
        Reason.PREREQUISITES_MET,
        "The store can do what the release needs",
        "The store can do what this release needs besides its version.",
        supported(_PREREQUISITES),
    ),
    ReasonInfo(
        Reason.MORE_ROWS,
        "The schema table has rows of other databases",
        "`schema_version` also has rows of other databases, which no server of this database reads.",
        supported(_SCHEMA),
        is_finding=True,
    ),
    ReasonInfo(
        Reason.ISOLATION_ATTRIBUTE_NEEDED,
        "The datastore needs a connect attribute",
        "This MySQL or relative has only `tx_isolation`: the server connects only with"
        " `connectAttributes: {tx_isolation: \"'READ-COMMITTED'\"}`."
        " With `supported`: a server answers that runs on it. With `unsupported`: Temporal's own file lacks"
        " the attribute, or names one that the store does not have.",
        supported(_PREREQUISITES) | unknown(_PREREQUISITES) | unsupported(_PREREQUISITES),
        is_finding=True,
    ),
    ReasonInfo(
        Reason.TEMPLATE_BEHIND,
        "Index template is older than the release needs",
        "The index template is older than the release needs, so the next index made from it will be too old.",
        supported(_SCHEMA),
        is_finding=True,
    ),
    ReasonInfo(
        Reason.SCHEMA_STEP_BEGUN,
        "A schema update is running or stopped halfway",
        "With `inspect_schema`: parts of a later schema version are there, but the row still has the older"
        " version.",
        supported(_SCHEMA),
        is_finding=True,
    ),
    ReasonInfo(
        Reason.SCHEMA_BEHIND,
        "Schema is older than the release needs",
        "The recorded version, or the template that the index fits, is lower than what the release needs.",
        unsupported(_SCHEMA),
        remedy="Update the schema of {role} with the tool of the release that needs it.",
    ),
    ReasonInfo(
        Reason.SCHEMA_DIFFERS,
        "Tables differ from the recorded schema version",
        "Tables that the server needs when it starts do not exist, whatever the row says. Or, with"
        " `inspect_schema`: tables, columns or indexes are not those of the version in the row.",
        unsupported(_SCHEMA),
    ),
    ReasonInfo(
        Reason.SCHEMA_ROW_MISSING,
        "No schema version is recorded for this database",
        "`schema_version` has no row for this database's name. The message names the rows that are there.",
        unsupported(_SCHEMA),
        lacks_schema=True,
        hint="check that `database` or `keyspace` is the name that the server uses",
        remedy=_NO_VERSION,
    ),
    ReasonInfo(
        Reason.SCHEMA_TABLE_MISSING,
        "The database has no table schema_version",
        "There is no table `schema_version`.",
        unsupported(_SCHEMA),
        lacks_schema=True,
        hint="check that host and database are those of the server, and that its schema was set up",
        remedy=_NO_VERSION,
    ),
    ReasonInfo(
        Reason.DATABASE_MISSING,
        "The database does not exist",
        "The server has no such database or keyspace, or there is no such file. With `unsupported`: Cassandra"
        " has no such keyspace, and no server starts.",
        unsupported(_SCHEMA) | unknown(*NEED_AN_ANSWER),
        is_probe_failure=True,
        lacks_schema=True,
        hint="check the name of the database or keyspace",
        remedy=_NO_VERSION,
        runbook=PROBE_FAILING,
    ),
    ReasonInfo(
        Reason.INDEX_MISSING,
        "The search store has no such index",
        "The search store has no index of the configured name.",
        unsupported(_SCHEMA),
        lacks_schema=True,
        hint="check the name of the index",
        remedy="Name the index that the server writes to; without it there is nothing to update.",
    ),
    ReasonInfo(
        Reason.EXTENSION_MISSING,
        "The extension btree_gin is missing",
        "PostgreSQL visibility needs the extension `btree_gin`. It is gone, or the owner of the schema may"
        " not create it. The message says what to do.",
        unsupported(_PREREQUISITES),
    ),
    ReasonInfo(
        Reason.SQL_MODE_ANSI_QUOTES,
        "MySQL's sql_mode has ANSI_QUOTES",
        "MySQL's global `sql_mode` has `ANSI_QUOTES`, under which the steps of the visibility schema fail.",
        unsupported(_PREREQUISITES),
    ),
    ReasonInfo(
        Reason.READ_ONLY,
        "The store takes no writes",
        "The store is a standby, or `default_transaction_read_only`, `read_only`, `super_read_only` or"
        " `innodb_read_only` is on. The message says which, and what to do.",
        unsupported(_PREREQUISITES),
    ),
    ReasonInfo(
        Reason.BINLOG_FORMAT_STATEMENT,
        "MySQL's binlog_format is STATEMENT",
        "MySQL writes a binary log, and `binlog_format` is `STATEMENT`, with which InnoDB refuses the"
        " server's writes.",
        unsupported(_PREREQUISITES),
    ),
    ReasonInfo(
        Reason.SCHEMA_UNREADABLE,
        "The recorded schema version is not a version",
        "The recorded schema version cannot be parsed; the server would not start on it. Of a search store:"
        " the mapping or the template cannot be read.",
        unknown(_SCHEMA),
        hint="check the mapping and the template of the index, and the rights of the agent's user",
        runbook="TemporalSchemaBehind",
    ),
    ReasonInfo(
        Reason.SCHEMA_ROWS_DIFFER,
        "Several schema versions are recorded",
        "`schema_version` has several rows for this database's name, with different versions.",
        unknown(_SCHEMA),
        hint="compare the rows of schema_version; the table has lost its primary key",
    ),
    ReasonInfo(
        Reason.SHARED_DATABASE,
        "Two roles use one database",
        "With `unknown`: persistence and visibility are configured as one database, whose one row cannot"
        " describe both schemas. With `supported`: two visibility roles are configured as one store.",
        supported(_SCHEMA) | unknown(_SCHEMA),
        is_finding=True,
    ),
    ReasonInfo(
        Reason.INDEX_VERSION_AMBIGUOUS,
        "The index fits several template versions",
        "The mapping fits several index templates that no field distinguishes, and not all are enough.",
        unknown(_SCHEMA),
    ),
    ReasonInfo(
        Reason.SETTING_UNREADABLE,
        "A required setting cannot be read",
        "The store does not report a setting that a prerequisite depends on.",
        unknown(_PREREQUISITES),
    ),
    ReasonInfo(
        Reason.NOT_GIVEN,
        "The schema version was not given",
        "A judgement without network was not given the schema version.",
        unknown(_SCHEMA),
    ),
)
