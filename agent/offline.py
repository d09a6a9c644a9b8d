"""A judgement without any network: what is told on the command line, in place of observations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from agent.matrix import Matrix
from agent.matrix.roles import SEARCH, SQL
from agent.matrix.schema import component_of, plugins_for
from agent.observation import Facts, Failure, Instant, Node, Observation, SchemaRow, Target
from agent.snapshot import Snapshot, take
from agent.verdict import StoreSpec, Subject
from agent.vocabulary import STORE_ROLES, Reason, Role

#: Relatives that speak another component's protocol, as people name them.
FLAVORS = {
    "aurora-mysql": "mysql",
    "mariadb": "mysql",
    "percona": "mysql",
    "tidb": "mysql",
    "vitess": "mysql",
    "aurora-postgresql": "postgresql",
    "cockroachdb": "postgresql",
    "yugabytedb": "postgresql",
    "datastax": "cassandra",
    "keyspaces": "cassandra",
    "scylladb": "cassandra",
}

#: What each role may be filled with.
COMPONENTS: dict[Role, frozenset[str]] = {
    Role.PERSISTENCE: SQL | {"cassandra"} | frozenset(FLAVORS),
    Role.VISIBILITY: SQL | SEARCH | {"cassandra"} | frozenset(FLAVORS),
    Role.SEARCH: SEARCH,
    Role.EVENT_STREAMING: frozenset({"kafka"}),
    Role.COORDINATION: frozenset({"zookeeper"}),
    Role.MONITORING: frozenset({"prometheus"}),
    Role.OBSERVATION: frozenset({"grafana"}),
}

#: A point in time for what has none.
_NOW = Instant(0.0, 0.0)


class GivenError(ValueError):
    """What was told makes no sense; the text says what would."""


@dataclass(frozen=True)
class Given:
    """A combination as told: `parts` holds `postgresql=15.4` for each role that is there."""

    server: str
    parts: Mapping[Role, str]
    plugins: Mapping[Role, str] = field(default_factory=dict)
    schemas: Mapping[Role, str] = field(default_factory=dict)
    multi_datacenter: bool = False


def judge_given(matrix: Matrix, given: Given) -> Snapshot:
    """Judge it, as the daemon would judge a cluster that was observed so.

    Raises:
        GivenError: a part is none that its role can be filled with.
    """
    parts = {role: _part(role, text) for role, text in given.parts.items()}
    stores = {
        role: StoreSpec(component, _plugin(matrix, given, role, component))
        for role, (component, _, _) in parts.items()
    }
    for role in given.schemas:
        if role not in STORE_ROLES or role not in parts:
            raise GivenError(f"--schema {role}=…: no such store is named")
    subject = Subject(
        name="given",
        product="",
        environment="",
        stores=stores,
        max_age=1.0,
        sees_replicas=False,
        multi_datacenter=given.multi_datacenter,
        assumed=given.server,
        is_complete=True,
    )
    observations = tuple(_observation(role, *part, given) for role, part in parts.items())
    return take(matrix, subject, observations, _NOW)


def _part(role: Role, text: str) -> tuple[str, str, str]:
    name, separator, version = text.partition("=")
    if not separator or not version or name not in COMPONENTS[role]:
        names = ", ".join(sorted(COMPONENTS[role]))
        raise GivenError(f"{role}: write NAME=VERSION, with one of: {names}")
    return FLAVORS.get(name, name), name if name in FLAVORS else "", version


def _plugin(matrix: Matrix, given: Given, role: Role, component: str) -> str:
    if component not in SQL:
        return ""
    named = given.plugins.get(role, "")
    if named and component_of(named) != component:
        # One plugin told for both stores belongs to whichever store it can be of.
        return ""
    release = matrix.releases.named(given.server.removeprefix("v"))
    only = plugins_for(release, component, "") if release is not None else ()
    return named or (only[0] if len(only) == 1 else "")


def _observation(role: Role, component: str, flavor: str, version: str, given: Given) -> Observation:
    row = None
    if role in STORE_ROLES and component not in SEARCH:
        told = given.schemas.get(role)
        row = SchemaRow(told) if told else SchemaRow(None, _not_given(role))
    facts = Facts(component, (Node(version),), flavor=flavor, schema=row)
    return Observation(Target(role, component, "given"), _NOW, facts=facts, observed=_NOW, attempts=1)


def _not_given(role: Role) -> Failure:
    return Failure(Reason.NOT_GIVEN, f"no schema version is told (--schema {role}=…)")
