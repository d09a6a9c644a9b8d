"""Several statements in one message of PostgreSQL's simple query protocol, without SQLAlchemy's results.

A message costs the same whether it has one statement or three
(https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT).
"""

from __future__ import annotations

from typing import Any

from psycopg import sql

#: The rows that answer one statement.
Rows = list[tuple[Any, ...]]


def with_literals(connection: Any, statement: str, **values: str) -> str:
    """The statement with each value, quoted for this connection, in the place of `:name`."""
    for name, value in values.items():
        statement = statement.replace(f":{name}", sql.Literal(value).as_string(connection))
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
