"""A Cassandra keyspace of Temporal: every node's version, the flavour, and the row of its schema version.

The row is the one that the server itself reads, keyed by the keyspace's own name
(temporalio/temporal@v1.31.2: common/persistence/cassandra/schema_version_reader.go:10). `GRANT SELECT ON
KEYSPACE.schema_version` is enough for it; the system's tables need no grant.
"""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass
from types import MappingProxyType

from agent.components.registry import detect
from agent.config import Cassandra
from agent.model.observation import Facts, Failure, Node, SchemaCatalog, SchemaRow
from agent.model.reasons import SAME_ON_EVERY_NODE
from agent.model.vocabulary import Reason
from agent.probes.base import ProbeError, clean
from agent.probes.catalog import cassandra as catalogue
from agent.probes.catalog.normalize import unreadable
from agent.probes.parsing.schema_version_row import MOST_ROWS, schema_row
from agent.probes.transport.cql import CqlConnection, RefusedError, Row, as_probe_error
from agent.probes.transport.sockets import seconds_left

# `SELECT *`, because relatives have columns of their own.
_LOCAL = "SELECT * FROM system.local WHERE key = 'local'"
#: ScyllaDB tells its own version here, and Cassandra's elsewhere. Cassandra has no such table.
_SCYLLA = "SELECT version FROM system.versions WHERE key = 'local'"
#: Cassandra's from 4.0 on, where two nodes may share an address.
_PEERS_V2 = "SELECT peer, peer_port, release_version, schema_version FROM system.peers_v2"
_PEERS = "SELECT peer, release_version, schema_version FROM system.peers"
_PEERS_DATASTAX = "SELECT peer, dse_version, schema_version FROM system.peers"

_REMEDY = "INSERT its row anew under this name, or restore the keyspace under its old name"


def open_probe(settings: Cassandra) -> CassandraProbe:
    """A probe of one keyspace."""
    return CassandraProbe(settings)


class _ElsewhereError(ProbeError):
    """The node is in another data centre than the one to ask. Nothing is wrong with it."""


@dataclass(frozen=True)
class _Kept:
    """One connection, and what does not change while it lasts."""

    connection: CqlConnection
    flavor: str
    scylla_version: str
    silent: tuple[Failure, ...]


class CassandraProbe:
    """Keeps one connection to one of the hosts. The password is read anew whenever it connects."""

    def __init__(self, settings: Cassandra) -> None:
        self._settings = settings
        self._connection: CqlConnection | None = None
        self._kept: _Kept | None = None
        self._aborted = False

    def read(self, timeout: float) -> Facts:
        """Nodes, schema row and tables: four questions on the kept connection."""
        end = time.monotonic() + timeout
        self._aborted = False
        kept = self._kept is not None
        try:
            try:
                return self._read(end)
            except (ConnectionError, ssl.SSLError):
                if self._aborted or not kept:
                    raise
                # The kept connection has ended since the last read; a new one says more than that.
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
            return ProbeError(Reason.TIMEOUT, "ended at its deadline")
        return as_probe_error(error)

    def _read(self, end: float) -> Facts:
        if self._kept is not None and self._kept.silent:
            # Whether those hosts are back is known only by trying them again.
            self.close()
        kept = self._kept = self._kept or self._connect(end)
        (local,) = kept.connection.ask(end, _LOCAL)
        nodes, gaps = _nodes(kept, local, _peers(kept, end))
        told = {"cluster_name": _text(local, "cluster_name"), "datacenter": _text(local, "data_center")}
        return Facts(
            component="cassandra",
            nodes=nodes,
            flavor=kept.flavor,
            schema=(schema := self._schema(kept.connection, end)),
            tables=self._tables(kept.connection, end) if schema.version else None,
            shape=self._shape(kept.connection, end) if self._settings.inspect_schema else None,
            details=MappingProxyType({key: text for key, text in told.items() if text}),
            gaps=(*kept.silent, *gaps),
        )

    def _schema(self, connection: CqlConnection, end: float) -> SchemaRow:
        name = self._settings.keyspace
        table = '"{}".schema_version'.format(name.replace('"', '""'))
        where = f"keyspace_name = {_literal(name)}"
        own = f"SELECT curr_version FROM {table} WHERE {where}"  # noqa: S608
        others = f"SELECT keyspace_name, curr_version FROM {table} LIMIT {MOST_ROWS}"  # noqa: S608
        try:
            told = [(name, row["curr_version"], True) for row in connection.ask_as_the_server(end, own)]
            if not any(version is not None for _, version, _ in told):
                # Only now: for the own row its replicas are enough, for all rows it takes every node.
                rows = connection.ask(end, others)
                told = [(row["keyspace_name"], row["curr_version"], False) for row in rows]
        except RefusedError as error:
            return SchemaRow(None, self._schema_problem(connection, error, end))
        return schema_row("keyspace", name, [row for row in told if row[1] is not None], _REMEDY)

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
            return unreadable(Failure(error.reason, f"the catalogue: {ProbeError(error.reason, str(error))}"))

    def _schema_problem(self, connection: CqlConnection, error: RefusedError, end: float) -> Failure:
        """The nodes were read all the same; what concerns the table is the schema's matter."""
        name = self._settings.keyspace
        if error.is_invalid:
            # The server's text differs from release to release.
            where = f"keyspace_name = {_literal(name)}"
            question = f"SELECT keyspace_name FROM system_schema.keyspaces WHERE {where}"  # noqa: S608
            if connection.ask(end, question):
                message = (
                    f"keyspace {name} has no table schema_version: no schema was set up in it (the schema"
                    " tool's setup-schema and update-schema do), or it is the wrong keyspace"
                )
                return Failure(Reason.SCHEMA_TABLE_MISSING, message)
            return Failure(Reason.DATABASE_MISSING, f"there is no keyspace {name}")
        if error.reason is Reason.PERMISSION_DENIED:
            user = self._settings.user or "the anonymous user"
            return Failure(error.reason, f"{user} lacks SELECT on schema_version in keyspace {name}")
        return ProbeError(error.reason, str(error)).failure

    def _connect(self, end: float) -> _Kept:
        """The first host that lets us in, in the data centre that is asked for."""
        failed: list[ProbeError] = []
        silent: list[Failure] = []
        hosts = self._settings.hosts
        for tried, host in enumerate(hosts):
            # A host that says nothing leaves the others their share of the time.
            share = time.monotonic() + seconds_left(end) / (len(hosts) - tried)
            self._connection = CqlConnection(self._settings, host)
            try:
                return self._enter(self._connection, share, tuple(silent))
            except Exception as error:
                self.close()
                failure = self._failure(error)
                if self._aborted or failure.failure.reason in SAME_ON_EVERY_NODE:
                    raise failure from error
                failed.append(ProbeError(failure.failure.reason, f"{host}: {failure}"))
                if not isinstance(error, _ElsewhereError):
                    silent.append(failed[-1].failure)
        raise failed[0]

    def _enter(self, connection: CqlConnection, end: float, silent: tuple[Failure, ...]) -> _Kept:
        connection.open(end)
        (local,) = connection.ask(end, _LOCAL)
        wanted, found = self._settings.datacenter, _text(local, "data_center")
        if wanted and found != wanted:
            raise _ElsewhereError(Reason.UNREACHABLE, f"the node is in data centre {found}, not in {wanted}")
        columns = {column: _text(local, column) for column in ("dse_version", "cluster_name")}
        if flavor := detect("cassandra", columns).flavor:
            return _Kept(connection, flavor, "", silent)
        try:
            rows = connection.ask(end, _SCYLLA)
        except RefusedError:
            return _Kept(connection, "", "", silent)
        flavor = detect("cassandra", {"has_system_versions": "true"}).flavor
        return _Kept(connection, flavor, _text(rows[0], "version") if rows else "", silent)


def _peers(kept: _Kept, end: float) -> list[Row]:
    """What the node knows of the others, those that are down included."""
    if kept.flavor == "datastax":
        return kept.connection.ask(end, _PEERS_DATASTAX)
    if not kept.flavor:
        try:
            return kept.connection.ask(end, _PEERS_V2)
        except RefusedError as error:
            if not error.is_invalid:
                raise
    return kept.connection.ask(end, _PEERS)


def _nodes(kept: _Kept, local: Row, peers: list[Row]) -> tuple[tuple[Node, ...], list[Failure]]:
    nodes = [Node(kept.scylla_version or _version(local), kept.connection.host)]
    gaps = []
    if kept.flavor == "scylladb" and peers:
        text = f"ScyllaDB tells a node's version on that node alone: {len(peers)} others are not known"
        gaps.append(Failure(Reason.VERSION_UNREADABLE, text))
    for peer in () if kept.flavor == "scylladb" else peers:
        name = f"{peer.get('peer')}:{peer['peer_port']}" if peer.get("peer_port") else _text(peer, "peer")
        if _version(peer):
            nodes.append(Node(_version(peer), name))
        else:
            # It never came up, or was removed and left its row behind.
            text = f"of node {name} nothing but its address is known"
            gaps.append(Failure(Reason.VERSION_UNREADABLE, text))
    schemas = {str(row["schema_version"]) for row in (local, *peers) if row.get("schema_version")}
    if len(schemas) > 1:
        text = f"the nodes have {len(schemas)} different schemas: one is down, or does not follow"
        gaps.append(Failure(Reason.SCHEMA_DISAGREEMENT, text))
    return tuple(nodes), gaps


def _version(row: Row) -> str:
    """DataStax' own, where there is one."""
    return _text(row, "dse_version") or _text(row, "release_version")


def _text(row: Row, column: str) -> str:
    return clean(str(row.get(column) or ""))


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
