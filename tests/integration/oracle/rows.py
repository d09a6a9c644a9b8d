"""Changes of the row that holds a schema's version, in the SQL of every database."""

from __future__ import annotations

_SET = "UPDATE schema_version SET curr_version = '{}'".format

#: Each state with its statement.
ROWS = {
    "schema behind": _SET("0.1"),
    "schema ahead": _SET("1.99"),
    "version that is not one": _SET("garbage"),
    "no row": "DELETE FROM schema_version",
    "row of another database": "UPDATE schema_version SET db_name = 'x'",
    "no table schema_version": "DROP TABLE schema_version",
}
