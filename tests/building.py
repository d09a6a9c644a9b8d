"""Builders of what verdicts are given from: a cluster as configured, and observations of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from agent.matrix import Matrix, load
from agent.matrix.load import FILES, build, read_built_in
from agent.matrix.release import Releases
from agent.model.observation import Facts, Failure, Instant, Node, Observation, SchemaRow, Target
from agent.model.vocabulary import Check, Reason, Role
from agent.verdict import ClusterSpec, Judgement, Result, StoreSpec, judge
from tests.frozen import RELEASES, frozen_matrix

#: The five releases that examples run on.
FROZEN = frozen_matrix()
#: The built-in matrix, for laws over all releases and for facts about their history.
MATRIX = load()
#: The newest patch of each minor: patches of one minor seldom differ.
NEWEST_PATCHES = tuple(
    {release.minor: release for release in MATRIX.releases.all}.values(),
)


def known_to_exist(*names: str) -> Matrix:
    """The built-in matrix, as if nothing were known about these releases except that they exist."""
    data = read_built_in(FILES)
    releases = data["releases"]
    data["releases"] = releases | {
        "known_to_exist": [*releases["known_to_exist"], *names],
        "releases": [entry for entry in releases["releases"] if entry["version"] not in names],
    }
    return build(data, MATRIX.published)


#: As if the matrix had these patches by name only.
NOT_READ = known_to_exist("1.30.7", "1.30.8", "1.30.9", "1.31.3", "1.31.4", "1.31.5", "1.32.1")


def only(*names: str) -> Matrix:
    """NOT_READ with these releases alone, so that later ones change nothing."""
    return replace(NOT_READ, releases=Releases(tuple(r for r in NOT_READ.releases.all if r.name in names)))


#: Newer than every release there is.
UNKNOWN_RELEASE = "1.99.0"
MAX_AGE = 180.0
NOW = Instant(wall=1_790_000_000.0, mono=5_000.0)

POSTGRESQL = StoreSpec("postgresql", "postgres12")
SQLITE = StoreSpec("sqlite", "sqlite")
TIMEOUT = Failure(Reason.TIMEOUT, "no answer within 10 seconds")

Plugins = Mapping[Role, tuple[str, ...]]
NO_PLUGINS: Plugins = MappingProxyType({})


def later(seconds: float, *, wall: float | None = None) -> Instant:
    """This many seconds after NOW (before it, if negative)."""
    return Instant(NOW.wall + seconds if wall is None else wall, NOW.mono + seconds)


def missing(reason: Reason) -> SchemaRow:
    """A schema that could not be read."""
    return SchemaRow(None, Failure(reason, "no schema to read"))


def observation(
    role: Role,
    *versions: str,
    component: str = "",
    endpoint: str = "",
    name: str = "",
    schema: str | SchemaRow | None = None,
    plugins: Plugins = NO_PLUGINS,
    flavor: str = "",
    failure: Failure | None = None,
    at: Instant = NOW,
) -> Observation:
    """What was read of a target at the moment `at`; without versions nothing ever was."""
    is_server = role is Role.SERVER
    component = component or ("temporal" if is_server else "postgresql")
    target = Target(role, component, endpoint or ("grpc" if is_server else "sql"), name)
    if not versions:
        attempts = int(failure is not None)
        attempted = at if failure else None
        return Observation(target, attempted, failure=failure, attempts=attempts, failures=attempts)
    row = SchemaRow(schema) if isinstance(schema, str) else schema
    nodes = tuple(Node(version) for version in versions)
    facts = Facts(component, nodes, flavor=flavor, schema=row, plugins=plugins)
    return Observation(target, at, failure=failure, facts=facts, observed=at, attempts=1)


def replica(*versions: str, name: str = "", at: Instant = NOW) -> Observation:
    """What a service's own /metrics say."""
    return observation(Role.SERVER, *versions, endpoint="metrics", name=name, at=at)


def subject(
    persistence: StoreSpec | None = POSTGRESQL,
    visibility: StoreSpec | None = POSTGRESQL,
    *,
    sees_replicas: bool = False,
) -> ClusterSpec:
    """A cluster as configured."""
    specs = {Role.PERSISTENCE: persistence, Role.VISIBILITY: visibility}
    stores = {role: spec for role, spec in specs.items() if spec is not None}
    return ClusterSpec("orders-live", "orders", "live", stores, MAX_AGE, sees_replicas)


def healthy(at: Instant = NOW) -> tuple[Observation, ...]:
    """Temporal 1.31.2 on PostgreSQL 15 with its own schemas."""
    return (
        observation(Role.SERVER, "1.31.2", at=at),
        observation(Role.PERSISTENCE, "15.4", schema="1.19", at=at),
        observation(Role.VISIBILITY, "15.4", schema="1.14", at=at),
    )


def judged(*observations: Observation, on: ClusterSpec | None = None, now: Instant = NOW) -> Judgement:
    """The judgement by the frozen matrix: for examples."""
    return judge(FROZEN, on or subject(), observations, now)


def judged_live(
    *observations: Observation, on: ClusterSpec | None = None, now: Instant = NOW, matrix: Matrix = MATRIX
) -> Judgement:
    """The judgement by the built-in matrix: for laws, and for facts about releases that are not frozen."""
    return judge(matrix, on or subject(), observations, now)


def judged_as(
    server: str, *observations: Observation, on: ClusterSpec | None = None, now: Instant = NOW
) -> Judgement:
    """For tables of servers: by the frozen matrix if it has the release or none has it; else by NOT_READ."""
    if server in {*RELEASES, UNKNOWN_RELEASE}:
        return judged(*observations, on=on, now=now)
    return judged_live(*observations, on=on, now=now, matrix=NOT_READ)


def check(judgement: Judgement, role: Role, kind: Check) -> Result:
    """The one answer to this check."""
    (result,) = [r for r in judgement.results if (r.role, r.check) == (role, kind)]
    return result
