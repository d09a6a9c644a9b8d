"""CockroachDB, which the server uses through its PostgreSQL plugins.

It reports a version of PostgreSQL as `server_version`, and its own in version():
`CockroachDB CCL v24.1.2 (x86_64-pc-linux-gnu, built …)`. It does not have the extension btree_gin
(cockroachdb/cockroach#51992), without which the visibility schema of Temporal 1.20 and later can't be
created (temporalio/temporal#4136).
"""

from __future__ import annotations

import re

from agent.components.record import Component, Kind, Marker
from agent.components.sql import POSTGRESQL

COCKROACHDB = Component(
    name="cockroachdb",
    title="CockroachDB",
    kind=Kind.SQL,
    roles=POSTGRESQL.roles,
    readers=POSTGRESQL.readers,
    markers=(Marker("version", re.compile(r"CockroachDB(?: \S+ v(?P<version>[0-9]\S*))?")),),
    relative_of=POSTGRESQL.name,
    series_parts=2,
    schema_tool=POSTGRESQL.schema_tool,
    is_checked_at_start=True,
    has_schema_row=True,
    has_own_catalogue=True,
    rights=POSTGRESQL.rights,
)
