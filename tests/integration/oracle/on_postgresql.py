"""The states: each changes databases that are right, or how the server is configured."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from agent.matrix.start_tables import tables_needed
from agent.model.vocabulary import Role
from tests.building import MATRIX

from ..servers.process import free_port
from .case import Case, Prepare, Templates

P, V = Role.PERSISTENCE, Role.VISIBILITY

#: Files of the server that some release refuses, by their names in tests/integration/server_files.py.
_FILES = (
    *("good", "shards_zero", "default_undefined", "plugin_unknown", "protocol_missing"),
    *("current_not_in", "master_not_in", "versions_same", "authorizer_unknown", "mapper_unknown"),
    *("archival_no_provider", "archival_state_unknown", "broadcast_name", "membership_large"),
    *("tls_missing_files", "tls_file_and_data", "redirection_unknown", "dynamic_poll", "dynamic_missing"),
    *("public_missing", "public_force_tls", "search_good", "search_no_index", "attributes_type"),
)


def states(templates: Templates, release: str) -> Iterator[tuple[str, Prepare]]:
    """The name of each state for this release, and what it changes."""
    yield "as it should be", _nothing
    for role in (P, V):
        yield from _of_rows(role)
        yield f"{role}: schema only claimed", partial(_claimed, templates, role)
        yield f"{role}: no database", partial(_elsewhere, role)
        yield f"{role}: sessions read-only", partial(_run, role, _READ_ONLY)
        yield f"{role}: plugin postgres", partial(_plugin, role, "postgres")
        yield f"{role}: plugin postgres12_pgx", partial(_plugin, role, "postgres12_pgx")
    named = MATRIX.releases.named(release)
    assert named is not None
    for table in sorted(tables_needed(MATRIX.start_tables, named, "postgresql", P)):
        yield f"persistence: no table {table}", partial(_run, P, f"DROP TABLE {table} CASCADE")
    for role, table in ((P, "tasks"), (P, "executions"), (V, "executions_visibility")):
        yield f"{role}: no table {table}", partial(_run, role, f"DROP TABLE {table} CASCADE")
    yield "secondary visibility: empty database", partial(_second, "postgres")
    yield "secondary visibility: no database", partial(_second, "nowhere")
    yield "secondary visibility: down", _second_down
    for name in _FILES:
        yield f"file: {name.replace('_', ' ')}", partial(_file, name)


_READ_ONLY = "ALTER DATABASE {name} SET default_transaction_read_only = on"


def _of_rows(role: Role) -> Iterator[tuple[str, Prepare]]:
    row = "UPDATE schema_version SET curr_version = '{}'".format
    yield f"{role}: schema behind", partial(_run, role, row("0.1"))
    yield f"{role}: schema ahead", partial(_run, role, row("1.99"))
    yield f"{role}: version that is not one", partial(_run, role, row("garbage"))
    yield f"{role}: no row", partial(_run, role, "DELETE FROM schema_version")
    yield f"{role}: row of another database", partial(_run, role, "UPDATE schema_version SET db_name = 'x'")
    yield f"{role}: no table schema_version", partial(_run, role, "DROP TABLE schema_version")


def _nothing(case: Case) -> None:
    """The stores as the release's own tool made them."""


def _run(role: Role, statement: str, case: Case) -> None:
    case.sql(role, statement)


def _claimed(templates: Templates, role: Role, case: Case) -> None:
    templates.claim(case, role)


def _elsewhere(role: Role, case: Case) -> None:
    case.databases[role] = "nowhere"


def _plugin(role: Role, plugin: str, case: Case) -> None:
    case.plugins[role] = plugin


def _second(name: str, case: Case) -> None:
    case.second = (name, case.postgres.port)


def _second_down(case: Case) -> None:
    case.second = ("postgres", free_port())


def _file(name: str, case: Case) -> None:
    case.file = name
