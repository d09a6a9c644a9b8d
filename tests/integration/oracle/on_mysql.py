"""The states of databases of MySQL, and of a persistence store on MariaDB."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from agent.matrix.start_tables import tables_needed
from agent.model.vocabulary import Role
from tests.building import MATRIX

from ..servers.mysql import MySqlServer
from ..servers.process import free_port
from ..servers.temporal_build import TemporalBinaries
from .case import Case, States
from .mysql_case import OLD_ATTRIBUTES, MySqlCase, MySqlTemplates
from .rows import ROWS

P, V = Role.PERSISTENCE, Role.VISIBILITY
_Prepare = Callable[[MySqlCase], object]

#: Global variables in the order in which they are set; they are put back in the other.
_VARIABLES = {
    "read_only": {"read_only": "ON"},
    "super_read_only": {"read_only": "ON", "super_read_only": "ON"},
    "binlog_format STATEMENT": {"binlog_format": "STATEMENT"},
    "binlog_format MIXED": {"binlog_format": "MIXED"},
}


@dataclass(frozen=True)
class OnMySql:
    """Both stores on `mysql`, or the persistence store on `mariadb`."""

    mysql: MySqlServer
    mariadb: MySqlServer
    title: str = "MySQL 8.0, MariaDB 10.11"

    def states(self, binaries: TemporalBinaries) -> States:
        """The states of this release."""
        templates = MySqlTemplates(self.mysql, self.mariadb, binaries)
        for name, prepare in _states(templates, binaries.version):
            yield name, partial(_prepared, templates, prepare)
        for name, variables in _VARIABLES.items():
            yield name, partial(self._varied, templates, variables)
        templates.close()

    @contextmanager
    def _varied(self, templates: MySqlTemplates, variables: dict[str, str]) -> Iterator[Case]:
        before = {name: self.mysql.sql(f"SELECT @@GLOBAL.{name}")[0][0] for name in variables}
        with templates.case() as case:
            for name, value in variables.items():
                self.mysql.sql(f"SET GLOBAL {name} = {value}")
            try:
                yield case
            finally:
                for name in reversed(variables):
                    self.mysql.sql(f"SET GLOBAL {name} = %s", (before[name],))


@contextmanager
def _prepared(templates: MySqlTemplates, prepare: _Prepare) -> Iterator[Case]:
    with templates.case() as case:
        prepare(case)
        yield case


def _states(templates: MySqlTemplates, release: str) -> Iterator[tuple[str, _Prepare]]:
    yield "as it should be", _attributes({})
    for role in (P, V):
        for name, statement in ROWS.items():
            yield f"{role}: {name}", partial(_run, role, statement)
        yield f"{role}: schema only claimed", partial(_claimed, templates, role)
        yield f"{role}: no database", partial(_elsewhere, role)
        for plugin in ("mysql", "mysql8", "postgres12"):
            yield f"{role}: plugin {plugin}", partial(_plugin, role, plugin)
    named = MATRIX.releases.named(release)
    assert named is not None
    for table in sorted(tables_needed(MATRIX.start_tables, named, "mysql", P)):
        yield f"persistence: no table {table}", partial(_run, P, f"DROP TABLE {table}")
    for role, table in ((P, "executions"), (V, "executions_visibility")):
        yield f"{role}: no table {table}", partial(_run, role, f"DROP TABLE {table}")
    yield "persistence: wrong password", _wrong_password
    yield "persistence: down", _down
    yield "MySQL with the attribute tx_isolation", _attributes(OLD_ATTRIBUTES)
    yield (
        "MySQL with the attribute transaction_isolation",
        _attributes({"transaction_isolation": "'READ-COMMITTED'"}),
    )
    if templates.plugin == "mysql":
        # Step 1.0 of its schema fails on MariaDB.
        return
    yield "MariaDB without an attribute", partial(_mariadb, templates, {})
    yield "MariaDB with the attribute tx_isolation", partial(_mariadb, templates, OLD_ATTRIBUTES)


def _attributes(attributes: dict[str, str]) -> _Prepare:
    def change(case: MySqlCase) -> None:
        case.attributes = attributes

    return change


def _mariadb(templates: MySqlTemplates, attributes: dict[str, str], case: MySqlCase) -> None:
    templates.to_mariadb(case)
    case.attributes = attributes


def _run(role: Role, statement: str, case: MySqlCase) -> None:
    case.sql(role, statement)


def _claimed(templates: MySqlTemplates, role: Role, case: MySqlCase) -> None:
    templates.claim(case, role)


def _elsewhere(role: Role, case: MySqlCase) -> None:
    case.databases[role] = "nowhere"


def _plugin(role: Role, plugin: str, case: MySqlCase) -> None:
    case.plugins[role] = plugin


def _wrong_password(case: MySqlCase) -> None:
    case.password = "wrong"


def _down(case: MySqlCase) -> None:
    case.port = free_port()
