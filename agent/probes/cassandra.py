"""A Cassandra keyspace of Temporal: the version of every node, the flavour, and the schema version.

The probe reads the same row of `schema_version` as the server, the one with the keyspace's own name as its
key (temporalio/temporal@v1.31.2: common/persistence/cassandra/schema_version_reader.go:10). It needs `GRANT
SELECT ON KEYSPACE.schema_version`. System tables need no grant.
"""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass
from types import MappingProxyType

from agent.components.registry import OTHER, detect
from agent.config import Cassandra
from agent.model.observation import Facts, Failure, Node, SchemaCatalog, SchemaRow
from agent.model.reasons import SAME_ON_EVERY_NODE
from agent.model.vocabulary import Reason
from agent.probes.base import ProbeError, clean
from agent.probes.catalog import cassandra as catalogue
from agent.probes.catalog.normalize import unreadable
from agent.probes.parsing.schema_version_row import MAX_ROWS, schema_row
from agent.probes.transport.cql import CqlConnection, RefusedError, Row, as_probe_error
from agent.probes.transport.sockets import seconds_left

# `SELECT *`, because compatible databases have extra columns.
_LOCAL = "SELECT * FROM system.local WHERE key = 'local'"
#: ScyllaDB has its own version in this table, and a Cassandra version in others. Cassandra lacks this table.
_SCYLLA = "SELECT version FROM system.versions WHERE key = 'local'"
#: Cassandra 4.0 and later, where two nodes may share an address.
_PEERS_V2 = "SELECT peer, peer_port, release_version, schema_version FROM system.peers_v2"
_PEERS = "SELECT peer, release_version, schema_version FROM system.peers"
#: All columns, because products have their own version there.
_ALL_PEERS = "SELECT * FROM system.peers"

#: Products whose rows have a column for their own version.
_WITH_OWN_COLUMNS = ("datastax", "hcd")
_VERSION_COLUMNS = ("dse_version", "hcd_version", "release_version")

_REMEDY = "INSERT its row again under this name, or restore the keyspace under its old name"


def open_probe(settings: Cassandra) -> CassandraProbe:
    """A probe of one keyspace."""
    return CassandraProbe(settings)


class _ElsewhereError(ProbeError):
    """The node is not in the configured data centre. This is not a fault of the node."""


@dataclass(frozen=True)
class _OpenConnection:
    """One connection, and the facts that do not change while it is open."""

    connection: CqlConnection
    flavor: str
    scylla_version: str
    unreachable_hosts: tuple[Failure, ...]


class CassandraProbe:
    """Keeps one connection to one of the hosts. The password is read again for every new connection."""

    def __init__(self, settings: Cassandra) -> None:
        self._settings = settings
        self._connection: CqlConnection | None = None
        self._kept: _OpenConnection | None = None
        self._aborted = False

    def read(self, timeout: float) -> Facts:
        """Nodes, schema row and tables, in four queries on the open connection."""
        end = time.monotonic() + timeout
        self._aborted = False
        kept = self._kept is not None
        try:
            try:
                return self._read(end)
            except (ConnectionError, ssl.SSLError):
                if self._aborted or not kept:
                    raise
                # The old connection has ended since the last read. A new one shows whether the host is down.
                self.close()
                return self._read(end)
        except Exception as error:
            self.close()
            raise self._failure(error) from error

    def abort(self) -> None:
        self._aborted = True
        if self._connection is not None:
            self._connection.end()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = self._kept = None

    def _failure(self, error: Exception) -> ProbeError:
        if self._aborted:
            return ProbeError(Reason.TIMEOUT, "the read was stopped at its deadline")
        return as_probe_error(error)

    def _read(self, end: float) -> Facts:
        if self._kept is not None and self._kept.unreachable_hosts:
            # Only a new attempt shows whether those hosts are back.
            self.close()
        kept = self._kept = self._kept or self._connect(end)
        (local,) = kept.connection.ask(end, _LOCAL)
        nodes, gaps = _nodes(kept, local, _peers(kept, end))
        details = {"cluster_name": _text(local, "cluster_name"), "datacenter": _text(local, "data_center")}
        return Facts(
            component="cassandra",
            nodes=nodes,
            flavor=kept.flavor,
            schema=(schema := self._schema(kept.connection, end)),
            tables=self._tables(kept.connection, end) if schema.version else None,
            shape=self._shape(kept.connection, end) if self._settings.inspect_schema else None,
            details=MappingProxyType({key: text for key, text in details.items() if text}),
            gaps=(*kept.unreachable_hosts, *gaps),
        )

    def _schema(self, connection: CqlConnection, end: float) -> SchemaRow:
        name = self._settings.keyspace
        table = '"{}".schema_version'.format(name.replace('"', '""'))
        where = f"keyspace_name = {_literal(name)}"
        own = f"SELECT curr_version FROM {table} WHERE {where}"  # noqa: S608
        others = f"SELECT keyspace_name, curr_version FROM {table} LIMIT {MAX_ROWS}"  # noqa: S608
        try:
            found = [(name, row["curr_version"], True) for row in connection.ask_as_the_server(end, own)]
            if not any(version is not None for _, version, _ in found):
                # Not earlier: the own row needs only its replicas, but all rows need every node.
                rows = connection.ask(end, others)
                found = [(row["keyspace_name"], row["curr_version"], False) for row in rows]
        except RefusedError as error:
            return SchemaRow(None, self._schema_problem(connection, error, end))
        return schema_row("keyspace", name, [row for row in found if row[1] is not None], _REMEDY)

    def _tables(self, connection: CqlConnection, end: float) -> frozenset[str] | None:
        """The tables of the keyspace; None where a relative cannot answer."""
        where = f"WHERE keyspace_name = {_literal(self._settings.keyspace)} {catalogue.LIMIT}"
        try:
            return catalogue.read_tables(connection.ask(end, f"{catalogue.TABLES} {where}"))
        except RefusedError:
            return None

    def _shape(self, connection: CqlConnection, end: float) -> SchemaCatalog:
        where = f"WHERE keyspace_name = {_literal(self._settings.keyspace)} {catalogue.LIMIT}"
        questions = (catalogue.COLUMNS, catalogue.INDEXES, catalogue.TYPES)
        try:
            return catalogue.read(*(connection.ask(end, f"{question} {where}") for question in questions))
        except RefusedError as error:
            text = f"cannot read the catalogue: {ProbeError(error.reason, str(error))}"
            return unreadable(Failure(error.reason, text))

    def _schema_problem(self, connection: CqlConnection, error: RefusedError, end: float) -> Failure:
        """Why the schema version cannot be read. The nodes were read without a problem."""
        name = self._settings.keyspace
        if error.is_invalid:
            # The text of the error differs between releases.
            where = f"keyspace_name = {_literal(name)}"
            question = f"SELECT keyspace_name FROM system_schema.keyspaces WHERE {where}"  # noqa: S608
            if connection.ask(end, question):
                message = (
                    f"keyspace {name} has no table schema_version: check that it is the right keyspace, or"
                    " set up its schema with the schema tool (setup-schema, then update-schema)"
                )
                return Failure(Reason.SCHEMA_TABLE_MISSING, message)
            return Failure(Reason.DATABASE_MISSING, f"there is no keyspace {name}")
        if error.reason is Reason.PERMISSION_DENIED:
            user = self._settings.user or "the anonymous user"
            return Failure(error.reason, f"{user} lacks SELECT on schema_version in keyspace {name}")
        return ProbeError(error.reason, str(error)).failure

    def _connect(self, end: float) -> _OpenConnection:
        """A connection to the first host that accepts the login and is in the configured data centre."""
        failed: list[ProbeError] = []
        unreachable: list[Failure] = []
        hosts = self._settings.hosts
        for tried, host in enumerate(hosts):
            # A host that does not answer must leave time for the others.
            share = time.monotonic() + seconds_left(end) / (len(hosts) - tried)
            self._connection = CqlConnection(self._settings, host)
            try:
                return self._enter(self._connection, share, tuple(unreachable))
            except Exception as error:
                self.close()
                failure = self._failure(error)
                if self._aborted or failure.failure.reason in SAME_ON_EVERY_NODE:
                    raise failure from error
                failed.append(ProbeError(failure.failure.reason, f"{host}: {failure}"))
                if not isinstance(error, _ElsewhereError):
                    unreachable.append(failed[-1].failure)
        raise failed[0]

    def _enter(
        self, connection: CqlConnection, end: float, unreachable: tuple[Failure, ...]
    ) -> _OpenConnection:
        connection.open(end)
        (local,) = connection.ask(end, _LOCAL)
        wanted, found = self._settings.datacenter, _text(local, "data_center")
        if wanted and found != wanted:
            raise _ElsewhereError(Reason.UNREACHABLE, f"the node is in data centre {found}, not in {wanted}")
        texts = {column: _text(local, column) for column in ("dse_version", "hcd_version", "cluster_name")}
        texts |= {"version": _text(local, "release_version"), "host": connection.host}
        if flavor := detect("cassandra", texts).flavor:
            return _OpenConnection(connection, flavor, "", unreachable)
        try:
            rows = connection.ask(end, _SCYLLA)
        except RefusedError:
            return _OpenConnection(connection, "", "", unreachable)
        flavor = detect("cassandra", {"has_system_versions": "true"}).flavor
        return _OpenConnection(connection, flavor, _text(rows[0], "version") if rows else "", unreachable)


def _peers(kept: _OpenConnection, end: float) -> list[Row]:
    """The other nodes, as this node lists them; nodes that are down are included."""
    if kept.flavor in _WITH_OWN_COLUMNS:
        return kept.connection.ask(end, _ALL_PEERS)
    if kept.flavor in ("", OTHER):
        try:
            return kept.connection.ask(end, _PEERS_V2)
        except RefusedError as error:
            if not error.is_invalid:
                raise
    return kept.connection.ask(end, _PEERS)


def _nodes(kept: _OpenConnection, local: Row, peers: list[Row]) -> tuple[tuple[Node, ...], list[Failure]]:
    nodes = [Node(kept.scylla_version or _version(local), kept.connection.host)]
    gaps = []
    if kept.flavor == "scylladb" and peers:
        text = f"a ScyllaDB node reports only its own version: {len(peers)} other nodes are unknown"
        gaps.append(Failure(Reason.VERSION_UNREADABLE, text))
    for peer in () if kept.flavor == "scylladb" else peers:
        name = f"{peer.get('peer')}:{peer['peer_port']}" if peer.get("peer_port") else _text(peer, "peer")
        if _version(peer):
            nodes.append(Node(_version(peer), name))
        else:
            # The node never started, or was removed and left its row behind.
            text = f"the version of node {name} is unknown: its peers list only its address"
            gaps.append(Failure(Reason.VERSION_UNREADABLE, text))
    schemas = {str(row["schema_version"]) for row in (local, *peers) if row.get("schema_version")}
    if len(schemas) > 1:
        text = f"the nodes have {len(schemas)} different schemas: a node is down or out of sync"
        gaps.append(Failure(Reason.SCHEMA_DISAGREEMENT, text))
    return tuple(nodes), gaps


def _version(row: Row) -> str:
    """The product's own version if there is one, else that of Cassandra."""
    return next(filter(None, (_text(row, column) for column in _VERSION_COLUMNS)), "")


def _text(row: Row, column: str) -> str:
    return clean(str(row.get(column) or ""))


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
