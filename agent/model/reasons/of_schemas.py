"""Reasons about the schema of a store, and about what else a store needs."""

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
    "Configure the database or keyspace that the server uses for {role}. If it is the right one, find out"
    " which schema version it has before you update it: a schema tool cannot continue without a recorded"
    " version."
)

OF_SCHEMAS = (
    ReasonInfo(
        Reason.SCHEMA_CURRENT,
        "Schema is what the release needs",
        "The recorded version, or the template that the index matches, is the one that the release needs.",
        supported(_SCHEMA),
    ),
    ReasonInfo(
        Reason.SCHEMA_AHEAD,
        "Schema is newer than the release needs",
        "The server also runs on a newer schema: a rollback to the older release is possible. With `unknown`:"
        " no release has the recorded version, so the row is wrong and the real version is not known.",
        supported(_SCHEMA) | unknown(_SCHEMA),
        is_finding=True,
    ),
    ReasonInfo(
        Reason.PREREQUISITES_MET,
        "The store has what the release needs",
        "The store has the settings and extensions that this release needs.",
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
        "The index template is older than the release needs, so the next index created from it will be too"
        " old.",
        supported(_SCHEMA),
        is_finding=True,
    ),
    ReasonInfo(
        Reason.SCHEMA_STEP_BEGUN,
        "A schema update is running or stopped halfway",
        "With `inspect_schema`: parts of a newer schema version exist, but the row still has the older"
        " version.",
        supported(_SCHEMA),
        is_finding=True,
    ),
    ReasonInfo(
        Reason.SCHEMA_BEHIND,
        "Schema is older than the release needs",
        "The recorded version, or the template that the index matches, is older than the release needs.",
        unsupported(_SCHEMA),
        remedy="Update the schema of {role} with the schema tool of the release that you upgrade to.",
    ),
    ReasonInfo(
        Reason.SCHEMA_DIFFERS,
        "Tables differ from the recorded schema version",
        "Tables that the server needs when it starts do not exist, whatever the row says. Or, with"
        " `inspect_schema`: tables, columns or indexes are not those of the version in the row. With"
        " `supported`: an index has the right columns, but another name, method or predicate.",
        unsupported(_SCHEMA) | supported(_SCHEMA),
        is_finding=True,
    ),
    ReasonInfo(
        Reason.WRONG_DATABASE,
        "The database has the schema of another role",
        "The databases of persistence and visibility are exchanged: the configured one has the tables of the"
        " other schema. With `unknown`: the tables are not visible, and the recorded versions fit only the"
        " other roles.",
        unsupported(_SCHEMA) | unknown(_SCHEMA),
        remedy="Exchange the databases before you run a schema tool: it would apply the steps of one schema"
        " to the other.",
        runbook="TemporalSchemaBehind",
    ),
    ReasonInfo(
        Reason.SCHEMA_ROW_MISSING,
        "No schema version is recorded for this database",
        "`schema_version` has no row for this database's name. The message lists the rows that exist.",
        unsupported(_SCHEMA),
        lacks_schema=True,
        hint="check that `database` or `keyspace` is the name that the server uses",
        remedy=_NO_VERSION,
    ),
    ReasonInfo(
        Reason.SCHEMA_TABLE_MISSING,
        "The database has no table schema_version",
        "The database has no table `schema_version`.",
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
        remedy="Configure the index that the server writes to. Without it there is nothing to update.",
    ),
    ReasonInfo(
        Reason.EXTENSION_MISSING,
        "The extension btree_gin is missing",
        "PostgreSQL visibility needs the extension `btree_gin`. It was dropped, or the owner of the schema"
        " may not create it. The message says what to do.",
        unsupported(_PREREQUISITES),
    ),
    ReasonInfo(
        Reason.SQL_MODE_ANSI_QUOTES,
        "MySQL's sql_mode has ANSI_QUOTES",
        "MySQL's global `sql_mode` has `ANSI_QUOTES`: with it the steps of the visibility schema fail.",
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
        "The recorded schema version cannot be parsed; the server would not start with it. For a search"
        " store: the mapping or the template cannot be read.",
        unknown(_SCHEMA),
        hint="check the mapping and the template of the index, and the rights of the agent's user",
        runbook="TemporalSchemaBehind",
    ),
    ReasonInfo(
        Reason.SCHEMA_ROWS_DIFFER,
        "Several schema versions are recorded",
        "`schema_version` has several rows for this database's name, with different versions. Or several"
        " schemas of a PostgreSQL database have this table, and it is not known which one the server reads.",
        unknown(_SCHEMA),
        hint="compare the rows of schema_version (it has no primary key), or set search_path of the store",
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
        "The index matches several template versions",
        "The mapping matches several index templates that no field distinguishes, and some are too old.",
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
        "The check ran without a network, and the command line did not give the schema version.",
        unknown(_SCHEMA),
    ),
)
