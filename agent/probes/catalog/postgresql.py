"""PostgreSQL's catalogue: tables, columns and indexes of the schema that `schema_version` is in.

Every user may read all of pg_catalog, so no further permission is needed
(https://www.postgresql.org/docs/current/catalogs.html). One query works from 9.6 to 18: generated columns
came with 12, and to_jsonb() turns a missing column of a catalogue into null.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from agent.model.observation import SchemaCatalog
from agent.probes.catalog.normalize import MAX_LENGTH, MAX_ROWS, expression, shape

#: Kind, table, name, type, whether it is not null or unique, expression or definition, whether it is in use.
QUERY = f"""
WITH home AS (SELECT relnamespace AS oid FROM pg_class WHERE oid = to_regclass('schema_version'))
SELECT 'column', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
 CASE WHEN to_jsonb(a) ->> 'attgenerated' IN ('s', 'v')
 THEN left(pg_get_expr(d.adbin, d.adrelid), {MAX_LENGTH}) END, true
 FROM home JOIN pg_class c ON c.relnamespace = home.oid AND c.relkind IN ('r', 'p')
 JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
UNION ALL
SELECT 'index', c.relname, i.relname, '', x.indisunique, left(pg_get_indexdef(x.indexrelid), {MAX_LENGTH}),
 x.indisvalid AND x.indisready
 FROM home JOIN pg_class c ON c.relnamespace = home.oid AND c.relkind IN ('r', 'p')
 JOIN pg_index x ON x.indrelid = c.oid JOIN pg_class i ON i.oid = x.indexrelid
LIMIT {MAX_ROWS + 1}
"""  # noqa: S608 - of constants alone

#: Storage options of an index may differ; they are the owner's choice.
_STORAGE = re.compile(r" WITH \([^()]*\)(?= WHERE |$)")
_METHOD = re.compile(r" USING (\w+ .*)", re.DOTALL)


def read(rows: Iterable[Sequence[Any]]) -> SchemaCatalog:
    """The catalogue from the rows of the query."""
    columns, indexes, invalid, count = {}, {}, set(), 0
    for kind, table, name, type_, flag, text, in_use in rows:
        count += 1
        place = f"{table}.{name}"
        if kind == "column":
            generated = f" as {expression(text)}" if text is not None else ""
            columns[place] = f"{type_}{' not null' if flag else ''}{generated}"
            continue
        text = _STORAGE.sub("", text)
        method = _METHOD.search(text)
        indexes[place] = ("unique " if flag else "") + expression(method[1] if method else text)
        if not in_use:
            invalid.add(place)
    return shape(columns, indexes, invalid, rows=count)
