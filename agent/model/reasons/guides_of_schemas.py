"""What to do about reasons of schemas, and of what else a store needs."""

from __future__ import annotations

from agent.model.reasons.guide import READ_SCHEMA_VERSION, Guide
from agent.model.vocabulary import Reason

_GOOD = "Nothing is wrong."
_NOTHING = "Nothing to do."
_READ = "Read the recorded version:"
_NO_START = (
    "Critical on PostgreSQL, MySQL and Cassandra: a running server continues, but no server starts again"
    " after a restart. "
)
_WRONG_PLACE = "Check that host, database and user in the agent's configuration are those of the server."
_SETTING = {
    "postgresql": 'psql -h HOST -U USER -d DATABASE -c "SHOW default_transaction_read_only"'
    ' -c "SELECT pg_is_in_recovery()"',
    "mysql": "mysql -h HOST -u USER -p -e"
    ' "SELECT @@global.read_only, @@global.super_read_only, @@global.innodb_read_only"',
}
_NEW_FILE = {"sqlite": "Start with a new file: no schema tool can upgrade a SQLite file."}

GUIDES_OF_SCHEMAS = {
    Reason.SCHEMA_CURRENT: Guide(_GOOD, _READ, _NOTHING, READ_SCHEMA_VERSION),
    Reason.PREREQUISITES_MET: Guide(
        _GOOD, "Read the settings of the store with its own client:", _NOTHING, _SETTING
    ),
    Reason.SCHEMA_AHEAD: Guide(
        "Harmless: the server runs on a newer schema too. With `unknown` the row is wrong, and the schema"
        " tool would skip steps.",
        _READ,
        "Nothing to do. With `unknown`: correct the row of `schema_version` to the last version whose changes"
        " are in the database.",
        READ_SCHEMA_VERSION,
    ),
    Reason.MORE_ROWS: Guide(
        "Harmless: a server reads only the row of its own database.",
        _READ,
        "Nothing to do. Delete rows of databases that no longer exist.",
        READ_SCHEMA_VERSION,
    ),
    Reason.ISOLATION_ATTRIBUTE_NEEDED: Guide(
        "Without the right attribute the server does not connect, so it does not start.",
        "Read which variable the store has:",
        "Set `connectAttributes` of the datastore in Temporal's own file as the message says.",
        {"mysql": "mysql -h HOST -u USER -p -e \"SHOW VARIABLES LIKE '%_isolation'\""},
    ),
    Reason.TEMPLATE_BEHIND: Guide(
        "Not urgent: the index is fine. The next index that is made from the template will lack fields.",
        "Read the template:",
        "Upload the template of the running release again.",
        dict.fromkeys(
            ("elasticsearch", "opensearch"),
            "curl -s -u USER https://HOST:9200/_template/temporal_visibility_v1_template",
        ),
    ),
    Reason.SCHEMA_STEP_BEGUN: Guide(
        "The server runs. A schema step that stopped halfway must be finished before the next upgrade.",
        "Look for a schema tool that still runs, then read the recorded version:",
        "Wait until the schema tool has ended. If none runs, run the same update again: it continues.",
        READ_SCHEMA_VERSION,
    ),
    Reason.SCHEMA_BEHIND: Guide(
        _NO_START + "SQLite and search stores are not checked at start, but queries fail.",
        _READ,
        "Back up the store, then upgrade its schema with the schema tool of the running release."
        " `temporal-compat-agent plan --to RUNNING_RELEASE` prints the command. Until then, restart nothing.",
        READ_SCHEMA_VERSION,
        _NEW_FILE,
    ),
    Reason.SCHEMA_DIFFERS: Guide(
        "The server fails on the first query that needs what is missing. With missing start tables it does"
        " not start. With `supported` it runs, perhaps slower.",
        "Compare the tables in the message with those of the store:",
        "Restore the tables in the message. If the version was only claimed, set the row to `0.0` and run"
        " `update-schema`.",
        {
            "postgresql": 'psql -h HOST -U USER -d DATABASE -c "\\d"',
            "mysql": 'mysql -h HOST -u USER -p DATABASE -e "SHOW TABLES"',
            "cassandra": 'cqlsh HOST -u USER -e "DESCRIBE KEYSPACE KEYSPACE"',
        },
    ),
    Reason.WRONG_DATABASE: Guide(
        "Run no schema tool: it would damage the database. A server that is configured like this does not"
        " start. If a server runs, only the agent's configuration is wrong.",
        "List the tables: `executions` is a table of persistence, `executions_visibility` (Cassandra:"
        " `open_executions`) one of visibility:",
        "Exchange the databases of persistence and visibility in the agent's configuration. If Temporal's"
        " own file has the same mistake, correct it there too.",
        {
            "postgresql": 'psql -h HOST -U USER -d DATABASE -c "\\d"',
            "mysql": 'mysql -h HOST -u USER -p DATABASE -e "SHOW TABLES"',
            "cassandra": 'cqlsh HOST -u USER -e "DESCRIBE KEYSPACE KEYSPACE"',
        },
    ),
    Reason.SCHEMA_ROW_MISSING: Guide(
        _NO_START + "The server looks for the row of its own database name.",
        _READ,
        _WRONG_PLACE
        + " After a restore under another name the row has the old name: update `db_name` (Cassandra:"
        " `keyspace_name`).",
        READ_SCHEMA_VERSION,
    ),
    Reason.SCHEMA_TABLE_MISSING: Guide(
        _NO_START + "Often the agent reads another database than the server.",
        _READ,
        _WRONG_PLACE + " If they are and the database is new, run the schema tool with"
        " `setup-schema --version 0.0`, then with `update-schema`.",
        READ_SCHEMA_VERSION,
    ),
    Reason.DATABASE_MISSING: Guide(
        _NO_START + "Often only the name in the agent's configuration is wrong.",
        "List the databases:",
        "Check the name of the database, keyspace or file in the agent's configuration. If it is right,"
        " create it with the schema tool of the running release.",
        {
            "postgresql": "psql -h HOST -U USER -l",
            "mysql": 'mysql -h HOST -u USER -p -e "SHOW DATABASES"',
            "cassandra": 'cqlsh HOST -u USER -e "DESCRIBE KEYSPACES"',
        },
    ),
    Reason.INDEX_MISSING: Guide(
        "The server starts. Lists and searches of workflows fail.",
        "List the indexes:",
        "Check the name of the index in the agent's configuration. If it is right, create the index with the"
        " tools of the running release.",
        dict.fromkeys(("elasticsearch", "opensearch"), "curl -s -u USER https://HOST:9200/_cat/indices"),
    ),
    Reason.EXTENSION_MISSING: Guide(
        "The next step of the visibility schema fails, and queries on search attributes may be slow.",
        "List the extensions:",
        "Run `CREATE EXTENSION btree_gin` in the visibility database as a superuser. If it is not available,"
        " install PostgreSQL's contrib modules first.",
        {"postgresql": 'psql -h HOST -U USER -d DATABASE -c "\\dx"'},
    ),
    Reason.SQL_MODE_ANSI_QUOTES: Guide(
        "The server runs. The next step of the visibility schema fails.",
        "Read the setting:",
        "Remove `ANSI_QUOTES` from the global `sql_mode` before the next schema step.",
        {"mysql": 'mysql -h HOST -u USER -p -e "SELECT @@global.sql_mode"'},
    ),
    Reason.READ_ONLY: Guide(
        "Critical for persistence: the server writes when it starts, so it does not start. On a read-only"
        " visibility store it starts, and records no workflows there.",
        "Read the settings:",
        "Point the server at the primary, or switch off the setting in the message.",
        _SETTING,
    ),
    Reason.BINLOG_FORMAT_STATEMENT: Guide(
        "Critical for persistence: InnoDB refuses the server's writes.",
        "Read the setting:",
        "Set `binlog_format` to `ROW`: `SET GLOBAL binlog_format = 'ROW'`, and in the server's own file.",
        {"mysql": 'mysql -h HOST -u USER -p -e "SELECT @@global.log_bin, @@global.binlog_format"'},
    ),
    Reason.SCHEMA_UNREADABLE: Guide(
        _NO_START + "Someone has changed `schema_version` by hand.",
        _READ,
        "Set `curr_version` to the last version whose changes are in the database, then upgrade the schema."
        " For a search store: give the agent's user `view_index_metadata` on the index.",
        READ_SCHEMA_VERSION,
    ),
    Reason.SCHEMA_ROWS_DIFFER: Guide(
        "The agent cannot say which version the server reads. Unknown never counts as compatible.",
        _READ,
        "Find out which version the schema really has, delete the other rows, and restore the primary key."
        " With several schemas in one PostgreSQL database, set `search_path` of the store.",
        READ_SCHEMA_VERSION,
    ),
    Reason.SHARED_DATABASE: Guide(
        "One row cannot describe two schemas, so the second update fails or skips steps.",
        "Compare the databases of persistence and visibility in Temporal's own file.",
        "Use one database for persistence and another for visibility.",
    ),
    Reason.INDEX_VERSION_AMBIGUOUS: Guide(
        "The server starts. Queries may fail on a field that the index lacks.",
        "Read the fields of the index:",
        "Update the index with the template of the running release.",
        {name: READ_SCHEMA_VERSION[name] for name in ("elasticsearch", "opensearch")},
    ),
    Reason.SETTING_UNREADABLE: Guide(
        "The agent cannot say whether the prerequisite is met. Unknown never counts as compatible.",
        "Read the settings of the store with the agent's own user:",
        "Grant the agent's user access to the setting in the message.",
        _SETTING,
    ),
    Reason.NOT_GIVEN: Guide(
        "The answer is incomplete: nothing was contacted, so only the command line can name the version.",
        _READ,
        "Add `--schema ROLE=VERSION`.",
        READ_SCHEMA_VERSION,
    ),
}
