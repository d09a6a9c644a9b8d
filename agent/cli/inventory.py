"""A judgement without any network: what is told on the command line, in place of observations."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from agent.components.registry import FILLED_BY, FLAVOR_OF, SQL, original, record
from agent.matrix import Matrix
from agent.matrix.schema import CUSTOM, STORES, plugins_for
from agent.matrix.tables import Question, roles_of
from agent.model.observation import Facts, Failure, Instant, Node, Observation, SchemaRow, Target
from agent.model.versions import UnreadableVersionError, parse
from agent.model.vocabulary import Reason, Role
from agent.snapshot import Snapshot, take
from agent.verdict import StoreSpec, Subject

#: A point in time for what has none.
NOW = Instant(0.0, 0.0)


class GivenError(ValueError):
    """What was told makes no sense; the text says what would."""


@dataclass(frozen=True)
class Given:
    """A combination as told: `parts` holds `postgresql=15.4` for each role that is there.

    `plugins` are told for one store each, `any_plugins` for whichever store they can be of.
    """

    server: str
    parts: Mapping[Role, str]
    plugins: Mapping[Role, str] = field(default_factory=dict)
    any_plugins: tuple[str, ...] = ()
    schemas: Mapping[Role, str] = field(default_factory=dict)
    multi_datacenter: bool = False


@dataclass(frozen=True)
class Part:
    """`mariadb=10.11` as read: a component, which relative of it (empty: itself), and the version.

    Of a store of the user's own (`custom=my-store`, or `custom` alone) it is what people call it.
    """

    component: str
    flavor: str
    version: str


def judge_given(matrix: Matrix, given: Given) -> Snapshot:
    """Judge it, as the daemon would judge a cluster that was observed so.

    Raises:
        GivenError: what is told fits no cluster.
    """
    subject, observations = as_observed(matrix, given)
    # Nothing was probed, and at no moment.
    return replace(take(matrix, subject, observations, NOW, round_ended=False), observations=())


def as_observed(matrix: Matrix, given: Given) -> tuple[Subject, tuple[Observation, ...]]:
    """The cluster as it would be configured, and what would have been read of it, at the moment NOW.

    Raises:
        GivenError: what is told fits no cluster.
    """
    try:
        matrix.releases.assume(given.server)
    except UnreadableVersionError as error:
        raise GivenError(f"the server {given.server[:60]!r} is no version of Temporal") from error
    parts = {role: read_part(text, _can_fill(role)) for role, text in given.parts.items()}
    _check_schemas(given, parts)
    _check_plugins(matrix, given, parts)
    stores = {role: _store_spec(matrix, given, role, part) for role, part in parts.items()}
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
    observations = tuple(
        _observation(role, part, given) for role, part in parts.items() if part.component != CUSTOM
    )
    return subject, observations


def read_part(text: str, components: Collection[str]) -> Part:
    """Read `NAME=VERSION`, where NAME is one of these components or a relative of one.

    Raises:
        GivenError: it is not written so.
    """
    name, _, version = text.partition("=")
    component = FLAVOR_OF.get(name, name)
    if component == CUSTOM and CUSTOM in components:
        return Part(component, "", version)
    if not version.strip() or component not in components:
        names = sorted({*components, *(flavor for flavor, of in FLAVOR_OF.items() if of in components)})
        raise GivenError(f"{text[:60]!r}: write NAME=VERSION, with one of: {', '.join(names)}")
    return Part(component, name if name in FLAVOR_OF else "", version)


def read_question(matrix: Matrix, text: str, role: Role | None, plugin: str) -> Question:
    """Read what to find in the matrix: a part, for one role or for all that it can fill.

    Raises:
        GivenError: there is no such part, or it cannot fill the role or use the plugin.
    """
    part = read_part(text, FILLED_BY[role] if role else frozenset().union(*FILLED_BY.values()))
    try:
        version = parse(part.version)
    except UnreadableVersionError as error:
        raise GivenError(str(error)) from error
    if plugin and not matrix.plugins.fits(plugin, original(part.component)):
        names = sorted(
            name for name in matrix.plugins.names if matrix.plugins.fits(name, original(part.component))
        )
        raise GivenError(f"{part.component} has no plugin {plugin[:60]!r}, but {', '.join(names) or 'none'}")
    roles = (role,) if role else tuple(roles_of(part.component))
    return Question(part.component, version, roles, plugin, part.flavor)


def _can_fill(role: Role) -> Collection[str]:
    return FILLED_BY[role] | ({CUSTOM} if role in STORES else frozenset())


def _store_spec(matrix: Matrix, given: Given, role: Role, part: Part) -> StoreSpec:
    if part.component == CUSTOM:
        return StoreSpec(part.component, label=part.version)
    return StoreSpec(part.component, _plugin(matrix, given, role, part))


def _check_schemas(given: Given, parts: Mapping[Role, Part]) -> None:
    for role in given.schemas:
        if role not in STORES or role not in parts:
            raise GivenError(f"a schema of {role} is told, and no such store")
        if not record(parts[role].component).has_schema_row:
            raise GivenError(
                f"a schema of {role} is told, and {parts[role].component} keeps no version of it"
            )


def _check_plugins(matrix: Matrix, given: Given, parts: Mapping[Role, Part]) -> None:
    plugins = matrix.plugins
    for name in (*given.plugins.values(), *given.any_plugins):
        if name not in plugins:
            raise GivenError(
                f"there is no plugin {name[:60]!r}; there are {', '.join(sorted(plugins.names))}"
            )
    for role, name in given.plugins.items():
        if role not in parts:
            raise GivenError(f"the plugin {name} is for {role}, and there is no such store")
        if not plugins.fits(name, original(parts[role].component)):
            raise GivenError(f"the plugin {name} does not fit {role}, which is {parts[role].component}")
    there = {original(part.component) for role, part in parts.items() if role in STORES}
    for name in given.any_plugins:
        if not any(plugins.fits(name, component) for component in there):
            raise GivenError(f"no store can use the plugin {name}")
    for component in there:
        if sum(plugins.fits(name, component) for name in given.any_plugins) > 1:
            raise GivenError(f"two plugins are for {component}; write --plugin ROLE=PLUGIN for each")


def _plugin(matrix: Matrix, given: Given, role: Role, part: Part) -> str:
    if part.component not in SQL:
        return ""
    suiting = (name for name in given.any_plugins if matrix.plugins.fits(name, original(part.component)))
    named = given.plugins.get(role) or next(suiting, "")
    release = matrix.releases.named(given.server.removeprefix("v"))
    only = plugins_for(release, original(part.component), "") if release is not None else ()
    return named or (only[0] if len(only) == 1 else "")


def _observation(role: Role, part: Part, given: Given) -> Observation:
    row = None
    if role in STORES and record(part.component).has_schema_row:
        told = given.schemas.get(role)
        row = SchemaRow(told) if told is not None else SchemaRow(None, _not_given(role))
    facts = Facts(part.component, (Node(part.version),), flavor=part.flavor, schema=row)
    target = Target(role, part.component, "given")
    return Observation(target, NOW, facts=facts, observed=NOW, attempts=1)


def _not_given(role: Role) -> Failure:
    return Failure(Reason.NOT_GIVEN, f"no schema version is told (--schema {role}=…)")
