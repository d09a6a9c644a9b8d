"""The states of databases of PostgreSQL, and of the server's own file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from agent.matrix.start_tables import tables_needed
from agent.model.vocabulary import Role
from tests.building import MATRIX

from ..servers.postgres import PostgresServer
from ..servers.process import free_port
from ..servers.temporal_build import TemporalBinaries
from .case import Case, States
from .postgresql_case import PostgresCase, Templates
from .rows import ROWS

P, V = Role.PERSISTENCE, Role.VISIBILITY
_Prepare = Callable[[PostgresCase], object]

#: Files of the server that some release refuses, by their names in tests/integration/server_files.py.
_FILES = (
    *("good", "shards_zero", "default_undefined", "second_undefined", "advanced_undefined"),
    *("plugin_unknown", "protocol_missing"),
    *("current_not_in", "master_not_in", "versions_same", "authorizer_unknown", "mapper_unknown"),
    *("archival_no_provider", "archival_state_unknown", "broadcast_name", "membership_large"),
    *("tls_missing_files", "tls_file_and_data", "redirection_unknown", "dynamic_poll", "dynamic_missing"),
    *("public_missing", "public_force_tls", "search_good", "search_no_index", "attributes_type"),
    *("address_with_user", "address_with_named_port", "ssl_mode_unknown", "ssl_mode_disable"),
    *("ssl_mode_prefer", "ssl_authority_alone", "tls_key_alone", "search_user", "search_path"),
    *("search_scheme", "search_no_scheme"),
)


@dataclass(frozen=True)
class OnPostgreSql:
    """Both stores on this server."""

    postgres: PostgresServer
    title: str = "PostgreSQL 15"

    def states(self, binaries: TemporalBinaries) -> States:
        """The states of this release."""
        templates = Templates(self.postgres, binaries)
        for name, prepare in _states(templates, binaries.version):
            yield name, partial(_prepared, templates, prepare)
        templates.close()


@contextmanager
def _prepared(templates: Templates, prepare: _Prepare) -> Iterator[Case]:
    with templates.case() as case:
        prepare(case)
        yield case


def _states(templates: Templates, release: str) -> Iterator[tuple[str, _Prepare]]:
    yield "as it should be", _nothing
    for role in (P, V):
        for name, statement in ROWS.items():
            yield f"{role}: {name}", partial(_run, role, statement)
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


def _nothing(case: PostgresCase) -> None:
    """The stores as the release's own tool made them."""


def _run(role: Role, statement: str, case: PostgresCase) -> None:
    case.sql(role, statement)


def _claimed(templates: Templates, role: Role, case: PostgresCase) -> None:
    templates.claim(case, role)


def _elsewhere(role: Role, case: PostgresCase) -> None:
    case.databases[role] = "nowhere"


def _plugin(role: Role, plugin: str, case: PostgresCase) -> None:
    case.plugins[role] = plugin


def _second(name: str, case: PostgresCase) -> None:
    case.second = (name, case.postgres.port)


def _second_down(case: PostgresCase) -> None:
    case.second = ("postgres", free_port())


def _file(name: str, case: PostgresCase) -> None:
    case.file = name
