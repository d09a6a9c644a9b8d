"""What a round asks a PostgreSQL store by SQLAlchemy, where the driver alone has no answer to every question.

Compatible products lack some of the catalogues. A schema that is missing or cannot be read has its own
reasons. The catalogue of the whole schema is read only where the configuration says so (`inspect_schema`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, InvalidRequestError

from agent.components.registry import Detected
from agent.config import PostgreSql
from agent.model.observation import Facts, Failure, Node, SchemaCatalog, SchemaRow
from agent.model.vocabulary import Reason
from agent.probes.base import ProbeError
from agent.probes.catalog import postgresql as catalogue
from agent.probes.catalog import postgresql_home as home
from agent.probes.catalog import postgresql_product as product
from agent.probes.catalog import postgresql_start as catalogue_start
from agent.probes.catalog import postgresql_store as store
from agent.probes.catalog.normalize import unreadable
from agent.probes.transport import sql_engine
from agent.probes.transport.libpq import libpq_reason
from agent.probes.transport.sql import SqlProbe

_PRODUCT, _NAME = text(product.QUESTION), text(product.NAME)
_LIMIT = text(f"SELECT {product.LIMIT}")
_HOMES, _SET_PATH = text(home.QUESTION), text(home.SET_PATH)
_SCHEMA, _EXTENSION = text(store.SCHEMA), text(store.EXTENSION)
_START = text(catalogue_start.QUESTION)
_CATALOGUE = text(catalogue.QUERY)

#: After these the connection cannot be used any more.
_CONNECTION_LOST = (Reason.TIMEOUT, Reason.ANSWER_TOO_LARGE)


@dataclass(frozen=True)
class Reading:
    """One read. `limit`: the parameters that set the time limit of a statement."""

    probe: SqlProbe
    connection: Connection
    settings: PostgreSql
    limit: Callable[[], dict[str, str]]
    reads_extension: bool

    def facts(self) -> tuple[Facts, bool]:
        """The facts, and whether every question was answered that the driver alone also asks."""
        connection, probe = self.connection, self.probe
        found, version, is_relative = self._identify()
        problem = self._enter_schema()
        schema = SchemaRow(None, problem) if problem else sql_engine.schema(probe, connection, _SCHEMA, {})
        reads_extension = self.reads_extension and schema.version is not None
        settings, gaps = _settings(connection) if reads_extension else ({}, ())
        shape = _shape(connection) if self.settings.inspect_schema and schema.version else None
        # The last: a compatible database may lack these catalogues, and the error ends the transaction.
        writes, tables = ({}, None) if gaps or not schema.version else _start(connection)
        facts = Facts(
            component=found.component,
            nodes=(Node(version),),
            flavor=found.flavor,
            schema=schema,
            shape=shape,
            tables=tables,
            settings={**settings, **writes},
            gaps=gaps,
        )
        return facts, shape is None and tables is not None and not is_relative

    def _identify(self) -> tuple[Detected, str, bool]:
        """The product, its version, and whether it lacks the catalogues of PostgreSQL."""
        try:
            _, version, full, names = self.connection.execute(_PRODUCT, self.limit()).one()
        except DBAPIError as error:
            if error.connection_invalidated or libpq_reason(error.orig) in _CONNECTION_LOST:
                raise
            self.connection.rollback()
            self.connection.execute(_LIMIT, self.limit())
            return *product.read_name(str(self.connection.execute(_NAME).scalar_one())), True
        if version is None or full is None:
            raise ProbeError(Reason.BAD_ANSWER, "the server reports no version")
        return *product.read(str(version), str(full), str(names)), False

    def _enter_schema(self) -> Failure | None:
        """Make the server's `search_path` that of this transaction; or why it is not known."""
        if self.settings.search_path:
            self.connection.execute(_SET_PATH, {"path": self.settings.search_path})
            return None
        try:
            homes = home.read(self.connection.execute(_HOMES, {"table": home.TABLE}).all())
            found = home.path_to(homes, self.probe.database, self.probe.user)
        except (InvalidRequestError, TypeError):
            return None
        except DBAPIError as error:
            if error.connection_invalidated or libpq_reason(error.orig) in _CONNECTION_LOST:
                raise
            # A compatible product without this catalogue: its own path decides.
            self.connection.rollback()
            self.connection.execute(_LIMIT, self.limit())
            return None
        if isinstance(found, str):
            self.connection.execute(_SET_PATH, {"path": found})
        return found if isinstance(found, Failure) else None


def _settings(connection: Connection) -> tuple[Mapping[str, str], tuple[Failure, ...]]:
    """Read late: a compatible database may lack this catalogue, and the error ends the transaction."""
    try:
        return {"btree_gin": str(connection.execute(_EXTENSION).scalar_one())}, ()
    except DBAPIError as error:
        if error.connection_invalidated or libpq_reason(error.orig) in _CONNECTION_LOST:
            raise
        return {}, (
            Failure(libpq_reason(error.orig), f"cannot read whether btree_gin is installed: {error.orig}"),
        )


def _start(connection: Connection) -> tuple[dict[str, str], frozenset[str] | None]:
    """Settings about writing, and the tables; neither where a relative cannot answer."""
    try:
        return catalogue_start.read(connection.execute(_START).one())
    except (InvalidRequestError, ValueError):
        return {}, None
    except DBAPIError as error:
        if error.connection_invalidated or libpq_reason(error.orig) in _CONNECTION_LOST:
            raise
        return {}, None


def _shape(connection: Connection) -> SchemaCatalog:
    """Read last, for the same reason."""
    try:
        return catalogue.read(connection.execute(_CATALOGUE).all())
    except DBAPIError as error:
        if error.connection_invalidated or libpq_reason(error.orig) is Reason.TIMEOUT:
            raise
        return unreadable(Failure(libpq_reason(error.orig), f"cannot read the catalogue: {error.orig}"))
