"""Several statements in one message of PostgreSQL's simple query protocol, without SQLAlchemy's results.

A message costs the same whether it has one statement or three
(https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT).
"""

from __future__ import annotations

import re
from typing import Any

from psycopg import sql

#: The rows that answer one statement.
Rows = list[tuple[Any, ...]]

#: A value that needs no escape in any encoding.
_PLAIN = re.compile(r"[A-Za-z0-9_.-]*")


def with_literals(connection: Any, statement: str, **values: str) -> str:
    """The statement with each value, quoted for this connection, in the place of `:name`."""
    for name, value in values.items():
        # Most values are plain words, and asking libpq costs as much as the statement.
        plain = _PLAIN.fullmatch(value)
        literal = f"'{value}'" if plain else sql.Literal(value).as_string(connection)
        statement = statement.replace(f":{name}", literal)
    return statement


def answers(connection: Any, message: str) -> list[Rows]:
    """The rows of each statement of this message, in the transaction of the connection.

    Raises:
        psycopg.Error: the server refuses a statement, or the connection is lost.
    """
    found: list[Rows] = []
    with connection.cursor() as cursor:
        cursor.execute(message)
        found.append(cursor.fetchall())
        while cursor.nextset():
            found.append(cursor.fetchall())
    return found
