"""Several statements in one message of PostgreSQL's simple query protocol, without SQLAlchemy's results.

A message costs the same whether it has one statement or three
(https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from psycopg import errors, generators, pq, sql
from psycopg.adapt import Transformer

#: The rows that answer one statement.
Rows = list[tuple[Any, ...]]

#: The same as the bytes that the server sent; None for NULL.
RawRows = list[tuple[bytes | None, ...]]

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


def results_of(connection: Any, statements: Sequence[str]) -> list[Any]:
    """The result of each statement, as libpq has it, sent in one message. No transaction is begun for it.

    The bound on the size of an answer holds, because the connection's own `wait` runs it.

    Raises:
        LookupError: a result is missing.
        psycopg.Error: the server refuses a statement, or the connection is lost.
    """
    connection.pgconn.send_query("; ".join(statements).encode())
    # Not promised by psycopg, as `_connect_gen` is not: the dependency has an upper bound.
    results: list[Any] = connection.wait(generators.execute(connection.pgconn))
    last = results[-1]
    if last.status not in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
        raise errors.error_from_result(last)
    if len(results) != len(statements):
        raise LookupError("an answer is missing")
    return results


def raw_rows(result: Any) -> RawRows:
    """The rows of a result without the cost of making Python's values from them."""
    columns = range(result.nfields)
    return [tuple([result.get_value(row, column) for column in columns]) for row in range(result.ntuples)]


def rows(connection: Any, result: Any) -> Rows:
    """The rows of a result as Python's values."""
    reader = Transformer(connection)
    reader.set_pgresult(result)
    return reader.load_rows(0, result.ntuples, tuple)
