"""Judgements of very many situations: every release on every kind of store, and each kind of failure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, cached_property
from itertools import product
from types import MappingProxyType

from agent.matrix import Matrix, Release
from agent.matrix.load import FILES, build, read_built_in
from agent.matrix.release import Releases
from agent.model.file_rules import FileRule
from agent.model.observation import (
    Facts,
    Failure,
    Node,
    Observation,
    RemoteCluster,
    SchemaCatalog,
    SchemaRow,
    SearchIndex,
)
from agent.model.reasons import REASONS
from agent.model.vocabulary import Check, Reason, Role
from agent.upgrade import upgrade_path
from agent.verdict import ClusterSpec, Judgement, ServerFile, StoreSpec, Waiver, judge
from tests.building import (
    MATRIX,
    MAX_AGE,
    NO_PLUGINS,
    NOT_READ,
    NOW,
    Plugins,
    later,
    observation,
    replica,
    subject,
)

P, V, S, SEARCH = Role.PERSISTENCE, Role.VISIBILITY, Role.SECONDARY_VISIBILITY, Role.SEARCH
Stores = Mapping[Role, StoreSpec]

#: What servers report: every release, and what no release of the matrix reports.
REPORTED = tuple(dict.fromkeys(release.reported for release in MATRIX.releases.all))
ODD = ("0.28.0", "1.9.99", "1.14.99", "1.17.99", "1.19.99", "1.20.99", "1.23.99", "1.99.0", "latest")

#: What can be read of each component, from too old to too new.
VERSIONS = {
    "postgresql": ("9.5", "9.6", "12.1", "13.5", "15.4", "16.6", "17.2", "99.1", "nothing"),
    "mysql": ("5.6.40", "5.7.40", "8.0.33", "9.9.1"),
    "cassandra": ("2.1.1", "3.11.19", "4.0.1", "5.0.1", "9.1"),
    "sqlite": ("3.1", "3.45.1"),
    "elasticsearch": ("5.1", "6.8.23", "7.10.2", "8.5.3", "9.9"),
    "opensearch": ("1.1.0", "2.11.0"),
    "kafka": ("0.8", "2.1", "3.9"),
    "zookeeper": ("3.4.6", "3.9.1"),
    "prometheus": ("1.0.0", "2.42.0", "99.0"),
    "grafana": ("1.0.0", "10.1.0"),
    "custom": ("1",),
}
FLAVORS = {"postgresql": "aurora", "mysql": "mariadb", "cassandra": "scylladb", "prometheus": "thanos"}
SCHEMAS = ("0.0", "1.1", "1.5", "1.13", "1.18", "99.1", "nonsense")
SETTINGS = (
    {"btree_gin": "installed", "transaction_isolation": "", "sql_mode": ""},
    {"btree_gin": "absent", "tx_isolation": "", "sql_mode": "ANSI_QUOTES"},
    {"btree_gin": "denied", "other": ""},
)


def _later(release: Release) -> Release:
    """A release as a later matrix may have it: not read, behind another's version, with another template."""
    if release.minor == (1, 20):
        return Release(release.version, release.reported, release.source, was_read=False)
    reported = {"1.21.0": "1.19.1", "1.24.0": "1.23.1"}.get(release.name, release.reported)
    return replace(release, reported=reported, index=10 if release.minor == (1, 29) else release.index)


_STORE = {"component": "postgresql", "version": "16.4", "plugin": "postgres12"}
#: A trial that failed, as none of today's matrix did on a version that a source does not rule out.
_FAILED = {
    "date": "2026-11-29",
    "temporal": "1.29.1",
    "persistence": _STORE,
    "visibility": _STORE,
    "sdk": "1.35.0",
    "result": "failed",
    "workflows": 500,
    "queries": 16,
    "slow_errors": 0,
    "seconds": 60,
    "log": "0" * 64,
    "step": "server start",
    "role": "persistence",
    "error": "no",
}

#: Leads to answers that no release of today's matrix leads to, and that a newer matrix can bring.
LATER_MATRIX = replace(
    build({**read_built_in(FILES), "evidence": {"runs": [_FAILED]}}, MATRIX.published),
    releases=Releases(tuple(map(_later, MATRIX.releases.all))),
)


@dataclass(frozen=True)
class Situation:
    """A cluster as configured, and what was read of it."""

    stores: Stores
    observations: tuple[Observation, ...]
    on: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    matrix: Matrix = MATRIX

    @cached_property
    def judgement(self) -> Judgement:
        on: ClusterSpec = replace(subject(), stores=self.stores, **self.on)  # type: ignore[arg-type]
        return judge(self.matrix, on, self.observations, NOW)


@cache
def all_situations() -> tuple[Situation, ...]:
    """Every situation of this module, the same objects each time: each is judged once."""
    return tuple(_all_situations())


def _all_situations() -> Iterator[Situation]:
    for make in (
        _releases,
        _failures,
        _problems,
        _servers,
        _files,
        _absent_and_shared,
        _inspected,
        _stopped,
        _exchanged,
        _monitored,
        _gates,
    ):
        yield from make()
    yield from (replace(situation, matrix=LATER_MATRIX) for situation in _of_later_matrix())
    yield from (replace(situation, matrix=NOT_READ) for situation in _on_releases_not_read())


def read(role: Role, component: str, version: str, **facts: object) -> Observation:
    """What was read of a store, with these facts of its own."""
    seen = observation(role, version, component=component)
    assert seen.facts is not None
    return replace(seen, facts=replace(seen.facts, **facts))  # type: ignore[arg-type]


def _index(version: int) -> SearchIndex:
    template = [each for each in MATRIX.index_templates.all if each.version == version][-1]
    fields = {name: sorted(types)[-1] for name, types in template.fields.items()}
    return SearchIndex(fields, template=_index(2).fields if version > 2 else None)


#: What fills the roles of a cluster.
CLUSTERS: tuple[Stores, ...] = (
    {P: StoreSpec("postgresql", "postgres12"), V: StoreSpec("postgresql", "postgres12")},
    {P: StoreSpec("postgresql"), V: StoreSpec("postgresql")},
    {P: StoreSpec("mysql", "mysql8"), V: StoreSpec("mysql", "mysql8")},
    {P: StoreSpec("mysql"), V: StoreSpec("mysql"), S: StoreSpec("mysql")},
    {P: StoreSpec("cassandra"), V: StoreSpec("cassandra")},
    {P: StoreSpec("sqlite", "sqlite"), V: StoreSpec("sqlite", "sqlite")},
    {P: StoreSpec("cassandra"), V: StoreSpec("elasticsearch", "v8")},
    {P: StoreSpec("mysql"), V: StoreSpec("mysql"), SEARCH: StoreSpec("elasticsearch", "v7")},
    {P: StoreSpec("mysql"), V: StoreSpec("postgresql"), S: StoreSpec("elasticsearch", "v6")},
    {P: StoreSpec("cassandra"), SEARCH: StoreSpec("opensearch", "v7"), S: StoreSpec("postgresql")},
    {P: StoreSpec("custom"), V: StoreSpec("custom"), S: StoreSpec("custom")},
    {
        P: StoreSpec("mysql"),
        SEARCH: StoreSpec("elasticsearch"),
        Role.EVENT_STREAMING: StoreSpec("kafka"),
        Role.COORDINATION: StoreSpec("zookeeper"),
        Role.MONITORING: StoreSpec("prometheus"),
        Role.OBSERVATION: StoreSpec("grafana"),
    },
)


def _readings(role: Role, spec: StoreSpec, number: int) -> Observation:
    """One of the things that can be read of a store; each number another."""
    versions = VERSIONS[spec.component]
    facts: dict[str, object] = {"settings": SETTINGS[number % 3]}
    if spec.component in ("elasticsearch", "opensearch"):
        facts["index"] = _index((2, 9, 14)[number % 3])
    elif role in (P, V, S):
        facts["schema"] = SchemaRow(SCHEMAS[number % len(SCHEMAS)], others=("a row",) * (number % 2))
    if number % 4 == 3:
        facts["flavor"] = FLAVORS.get(spec.component, "")
    return read(role, spec.component, versions[number % len(versions)], **facts)


def _releases() -> Iterator[Situation]:
    for place, server in enumerate((*REPORTED, *ODD)):
        # Neighbouring releases differ little: each gets some of the readings, and all together get every one.
        yield from _on_every_cluster(server, range(place % 8, 56, 23))


def _of_later_matrix() -> Iterator[Situation]:
    for server in ("1.19.1", "1.20.4", "1.23.1", "1.29.1"):
        yield from _on_every_cluster(server, range(24))


def _on_releases_not_read() -> Iterator[Situation]:
    for server in ("1.30.7", "1.31.3"):
        yield from _on_every_cluster(server, range(24))


def _on_every_cluster(server: str, numbers: range) -> Iterator[Situation]:
    for stores, number in product(CLUSTERS, numbers):
        readings = [_readings(role, spec, number) for role, spec in stores.items()]
        yield Situation(stores, (observation(Role.SERVER, server), *readings))


def _failures() -> Iterator[Situation]:
    """Targets that no probe has read yet, whose answers are too old, or that fail with each reason."""
    old = later(-MAX_AGE)
    silent = [Failure(info.code, "it fails") for info in REASONS.values() if info.is_probe_failure]
    on = {"sees_replicas": True}
    for stores, server in product((*CLUSTERS,), ("1.3.0", "1.21.2", "1.31.2")):
        running = observation(Role.SERVER, server)
        yield Situation(stores, (observation(Role.SERVER),), on)
        yield Situation(stores, (observation(Role.SERVER, server, at=old), *_read_of(stores)), on)
        aged = tuple(replace(seen, observed=old) for seen in _read_of(stores))
        yield Situation(stores, (running, *aged), on)
        for failure in silent:
            failing = tuple(
                observation(role, component=spec.component, failure=failure) for role, spec in stores.items()
            )
            yield Situation(stores, (running, *failing), on)
            yield Situation(stores, (observation(Role.SERVER, failure=failure), *_read_of(stores)), on)
        none = tuple(observation(role, component=spec.component) for role, spec in stores.items())
        yield Situation(stores, (running, *none), on)
        yield Situation(stores, (observation(Role.SERVER), *_read_of(stores)), on)


def _read_of(stores: Stores) -> tuple[Observation, ...]:
    return tuple(_readings(role, spec, 4) for role, spec in stores.items())


def _problems() -> Iterator[Situation]:
    """Parts of a store that could not be read while the others were."""
    parts = [info.code for info in REASONS.values() if info.is_probe_failure or info.hint]
    stores = {P: StoreSpec("postgresql", "postgres12"), V: StoreSpec("elasticsearch", "v8")}
    sql = {P: StoreSpec("mysql", "mysql8"), V: StoreSpec("postgresql", "postgres12")}
    server = observation(Role.SERVER, "1.31.2")
    for problem in (Failure(code, "not readable") for code in (*parts, Reason.NOT_GIVEN)):
        row, index = SchemaRow(None, problem), SearchIndex(None, problem)
        is_index = problem.reason in (Reason.INDEX_MISSING, Reason.SCHEMA_UNREADABLE)
        rows = () if is_index else (read(P, "postgresql", "15.4", schema=row),)
        is_row = REASONS[problem.reason].lacks_schema and not is_index
        indexes = () if is_row else (read(V, "elasticsearch", "8.5.3", index=index),)
        yield Situation(stores, (server, *rows, *indexes))
        if REASONS[problem.reason].is_probe_failure:
            limited = [read(role, spec.component, "8.0.33", gaps=(problem,)) for role, spec in sql.items()]
            yield Situation(sql, (server, *limited))


def _servers() -> Iterator[Situation]:
    """Several replicas at once, what they were built with, and what they say of their stores."""
    on = {"sees_replicas": True}
    pairs = [("1.31.2", "1.31.2"), ("1.31.2", "1.30.4"), ("1.31.2", "1.28.4"), ("1.19.1", "1.20.4")]
    pairs += [("1.31.2", "latest"), ("1.10.0", "1.9.2"), ("1.19.1", "1.20.99"), ("1.19.1", "1.23.99")]
    for stores, (one, other), number in product(CLUSTERS, pairs, range(6)):
        readings = [_readings(role, spec, number) for role, spec in stores.items()]
        yield Situation(stores, (replica(one, name="a"), replica(other, name="b"), *readings), on)
    for server, go in product((*REPORTED, *ODD), ("go1.10", "go1.99", "devel")):
        nodes = (Node(server, toolchain=go),)
        built = replace(replica(server), facts=Facts("temporal", nodes))
        for matrix in (MATRIX, NOT_READ):
            yield Situation(CLUSTERS[0], (built, *_read_of(CLUSTERS[0])), on, matrix)
    for plugin, stores in product(("postgres12", "postgres", "elasticsearch", "mysql8"), CLUSTERS):
        plugins: Plugins = dict.fromkeys((P, V), (plugin,)) if plugin else NO_PLUGINS
        yield Situation(stores, (observation(Role.SERVER, "1.31.2", plugins=plugins), *_read_of(stores)))
    details = {"recommended_version": "1.99.0", "alerts": "upgrade", "cluster_id": "1"}
    advised = read(Role.SERVER, "temporal", "1.31.2", details=details)
    yield Situation(CLUSTERS[0], (advised, *_read_of(CLUSTERS[0])), {"same_as": ("other",)})
    ended = tuple(Waiver(P, check, Reason.DOCUMENTED, "", date(2000, 1, 1)) for check in Check)
    yield Situation(CLUSTERS[0], (advised,), {"waivers": ended})
    active = RemoteCluster("active", "1.31.2", 4, 1, 10, is_connected=True)
    for remote in (
        replace(active, shards=6),
        active,
        replace(active, initial_failover_version=2, version="1.28.1"),
        replace(active, initial_failover_version=2, is_connected=False),
        replace(active, initial_failover_version=2, problem=Failure(Reason.TIMEOUT, "no answer")),
    ):
        yield Situation(CLUSTERS[0], (read(Role.SERVER, "temporal", "1.31.2", remotes=(active, remote)),))


def _files() -> Iterator[Situation]:
    """What the server's own configuration says."""
    details = {"cluster_name": "active", "history_shard_count": "4", "initial_failover_version": "1"}
    keys = ("defaultStore", "advancedVisibilityStore")
    files = (
        ServerFile("other", 8, 1, keys, ("system.advancedVisibilityWritingMode",)),
        ServerFile(store_keys=("defaultStore", "visibilityStore", "secondaryVisibilityStore")),
        ServerFile(violations=((FileRule.VALUE_MISSING, "a.yaml:1: a is missing"),)),
        ServerFile(violations=((FileRule.FILE_UNSEEN, "a.yaml:1: a is not here"),)),
    )
    for server, file, stores in product(("1.8.2", "1.13.1", "1.20.4", "1.24.2", "1.31.2"), files, CLUSTERS):
        seen = read(Role.SERVER, "temporal", server, details=details)
        yield Situation(stores, (seen, *_read_of(stores)), {"server_file": file})
    yield Situation(CLUSTERS[0], _read_of(CLUSTERS[0]), {"server_file": files[-1], "assumed": "1.31.2"})


def _absent_and_shared() -> Iterator[Situation]:
    """Roles that are absent, and roles that share a store."""
    for server, stores in product(REPORTED, CLUSTERS):
        running = observation(Role.SERVER, server)
        first = dict([next(iter(stores.items()))])
        yield Situation(first, (running, *_read_of(first)), {"is_complete": True})
        yield Situation(first, (running, *_read_of(first)))
    shared = {role: replace(CLUSTERS[0][P], shared_with=(other,)) for role, other in ((P, V), (V, P))}
    second = {V: replace(CLUSTERS[0][V], shared_with=(S,)), S: replace(CLUSTERS[0][V], shared_with=(V,))}
    for stores in (shared, second):
        yield Situation(stores, (observation(Role.SERVER, "1.31.2"), *_read_of(stores)))
    nodes = read(P, "postgresql", "15.4", nodes=(Node("15.4"), Node("15.5")))
    yield Situation(CLUSTERS[0], (observation(Role.SERVER, "1.31.2"), nodes))


def _inspected() -> Iterator[Situation]:
    """Stores whose catalogue was read too."""
    known = {shape.version.raw: shape for shape in MATRIX.shapes.of("postgresql", P)}
    denied = Failure(Reason.PERMISSION_DENIED, "not all is visible")
    shapes = [
        SchemaCatalog({}, {}),
        SchemaCatalog({}, {}, hidden=denied),
        SchemaCatalog({}, {}, problem=denied),
    ]
    for version in ("1.18", "1.19"):
        parts = {part: min(filter(None, texts)) for part, texts in known[version].parts.items()}
        columns, indexes = (
            {name: text for (kind, name), text in parts.items() if kind == wanted}
            for wanted in ("column", "index")
        )
        shapes.append(SchemaCatalog(columns, indexes))
        shapes.append(SchemaCatalog(columns, {f"{name}_tuned": text for name, text in indexes.items()}))
    for shape, row in product(shapes, ("1.18", "1.19")):
        store = read(P, "postgresql", "15.4", schema=SchemaRow(row), shape=shape)
        yield Situation(CLUSTERS[0], (observation(Role.SERVER, "1.30.4"), store))


def _stopped() -> Iterator[Situation]:
    """Stores that stop a start, although their rows are right."""
    refusing: tuple[tuple[str, dict[str, str]], ...] = (
        ("postgresql", {"in_recovery": "on"}),
        ("mysql", {"read_only": "ON"}),
        ("mysql", {"log_bin": "ON", "binlog_format": "STATEMENT"}),
        ("mysql", {"tx_isolation": ""}),
        ("postgresql", {}),
    )
    file = ServerFile(connect_attributes={P: ()}, unencrypted_stores=frozenset({P}))
    for (component, settings), server_file in product(refusing, (None, file)):
        stores = {P: StoreSpec(component, "mysql8" if component == "mysql" else "postgres12")}
        row, tables = SchemaRow("1.19"), frozenset({"schema_version"})
        read_of = {"settings": settings, "tables": tables, "demands_tls": not settings}
        store = read(P, component, "8.0.33", schema=row, **read_of)
        for servers in ((observation(Role.SERVER, "1.31.2"),), ()):
            on = {"server_file": server_file, "assumed": "" if servers else "1.31.2"}
            yield Situation(stores, (*servers, store), on)
    index = StoreSpec("elasticsearch", "v8", address="http://es:9200")
    yield Situation({P: CLUSTERS[0][P], V: index, S: index}, (), {"assumed": "1.24.2"})


def _exchanged() -> Iterator[Situation]:
    """Databases of two roles that are exchanged, with and without visible tables."""
    tables = (
        frozenset({"schema_version", "executions"}),
        frozenset({"schema_version", "executions_visibility"}),
    )
    for seen in (tables, (None, None)):
        own = read(P, "mysql", "8.0.33", schema=SchemaRow("1.14"), tables=seen[1])
        other = read(V, "mysql", "8.0.33", schema=SchemaRow("1.19"), tables=seen[0])
        yield Situation(CLUSTERS[2], (observation(Role.SERVER, "1.31.2"), own, other))


def _monitored() -> Iterator[Situation]:
    """A Prometheus that holds something, or nothing, of the cluster."""
    stores = {**CLUSTERS[0], Role.MONITORING: StoreSpec("prometheus")}
    settings = (
        {"temporal_series": "0", "agent_series": "0"},
        {"temporal_series": "3"},
        {"agent_series": "0"},
    )
    gaps = [Failure(info.code, "not allowed") for info in REASONS.values() if info.is_probe_failure]
    for given, gap in product(settings, gaps):
        seen = read(Role.MONITORING, "prometheus", "2.42.0", settings=given, gaps=(gap,))
        yield Situation(stores, (observation(Role.SERVER, "1.31.2"), *_read_of(CLUSTERS[0]), seen))


def _gates() -> Iterator[Situation]:
    """A release that a gate assumes, after each kind of path to it."""
    pairs = [("1.31.2", "1.31.2"), ("1.30.4", "1.31.2"), ("1.8.2", "1.31.2"), ("1.21.6", "1.20.3")]
    for running, assumed in (*pairs, ("0.28.0", "1.31.2")):
        on = replace(subject(), stores=CLUSTERS[0])
        seen = (observation(Role.SERVER, running), *_read_of(CLUSTERS[0]))
        path = upgrade_path(MATRIX, on, seen, NOW, assumed)
        yield Situation(CLUSTERS[0], seen, {"assumed": assumed, "path": path})
