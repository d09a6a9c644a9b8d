"""A judgement without any network: a stack that is declared on the command line replaces observations."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from agent.components.registry import FILLED_BY, FLAVOR_OF, SQL, identify, original, record, title_of
from agent.matrix import Matrix
from agent.matrix.schema import CUSTOM, STORES, plugins_for
from agent.matrix.tables import Question, roles_of
from agent.model.observation import Facts, Failure, Instant, Node, Observation, SchemaRow, Target
from agent.model.text import did_you_mean
from agent.model.versions import UnreadableVersionError, parse
from agent.model.vocabulary import Reason, Role
from agent.snapshot import Snapshot, take
from agent.verdict import ClusterSpec, StoreSpec

#: The time of declared observations, which have none of their own.
NOW = Instant(0.0, 0.0)


class DeclarationError(ValueError):
    """The declared stack is not valid; the message says how to correct it."""


@dataclass(frozen=True)
class DeclaredStack:
    """A declared combination: `parts` holds text such as `postgresql=15.4` for each role that is present.

    `plugins` are given for one store each, `any_plugins` for every store that they fit.
    """

    server: str
    parts: Mapping[Role, str]
    plugins: Mapping[Role, str] = field(default_factory=dict)
    any_plugins: tuple[str, ...] = ()
    schemas: Mapping[Role, str] = field(default_factory=dict)
    multi_datacenter: bool = False


@dataclass(frozen=True)
class DeclaredComponent:
    """`mariadb=10.11` as read: a component, the flavor (empty: the component itself), and the version.

    For a custom store (`custom=my-store`, or `custom` alone), `version` is its display name.
    """

    component: str
    flavor: str
    version: str


def judge_declared(matrix: Matrix, stack: DeclaredStack) -> Snapshot:
    """Judge a declared stack as the daemon would judge a cluster with these observations.

    Raises:
        DeclarationError: the stack is not valid.
    """
    subject, observations = to_observations(matrix, stack)
    # Nothing was probed, so a report shows neither probes nor a time.
    return replace(take(matrix, subject, observations, NOW, round_ended=False), observations=())


def to_observations(matrix: Matrix, stack: DeclaredStack) -> tuple[ClusterSpec, tuple[Observation, ...]]:
    """The cluster as it would be configured, and the observations that probes would make, at NOW.

    Raises:
        DeclarationError: the stack is not valid.
    """
    try:
        matrix.releases.resolve_release(stack.server)
    except UnreadableVersionError as error:
        raise DeclarationError(
            f"{stack.server[:60]!r} is not a Temporal version (expected e.g. 1.31.2)"
        ) from error
    parts = {role: read_component(text, _can_fill(role)) for role, text in stack.parts.items()}
    _check_schemas(stack, parts)
    _check_plugins(matrix, stack, parts)
    stores = {role: _store_spec(matrix, stack, role, part) for role, part in parts.items()}
    subject = ClusterSpec(
        name="given",
        product="",
        environment="",
        stores=stores,
        max_age=1.0,
        sees_replicas=False,
        multi_datacenter=stack.multi_datacenter,
        assumed=stack.server,
        is_complete=True,
    )
    observations = tuple(
        _observation(role, part, stack) for role, part in parts.items() if part.component != CUSTOM
    )
    return subject, observations


def read_component(text: str, components: Collection[str]) -> DeclaredComponent:
    """Read `NAME=VERSION`, where NAME is one of these components or a flavor of one.

    Raises:
        DeclarationError: the text is malformed, or names another component.
    """
    name, _, version = text.partition("=")
    component = FLAVOR_OF.get(name, name)
    if component == CUSTOM and CUSTOM in components:
        return DeclaredComponent(component, "", version)
    if not version.strip() or component not in components:
        flavors = [flavor for flavor, of in FLAVOR_OF.items() if of in components]
        listed = f"NAME is one of: {', '.join(sorted(components))}{_relatives(components)}"
        is_known = component in components
        hint = f", where {listed}" if is_known else f"; {did_you_mean(name, [*components, *flavors], listed)}"
        raise DeclarationError(f"{text[:60]!r}: write NAME=VERSION{hint}")
    found = identify(component, version.strip())
    if name not in FLAVOR_OF:
        return DeclaredComponent(found.component, found.flavor, found.version or version)
    own = found.version if found.flavor == name else ""
    return DeclaredComponent(component, name, own or version)


def _relatives(components: Collection[str]) -> str:
    """What the message says about compatible products: there are too many to list."""
    known = [flavor for flavor, of in FLAVOR_OF.items() if of in components]
    return f", or a compatible product such as {known[0]}; docs/cli.md lists them" if known else ""


def read_question(matrix: Matrix, text: str, role: Role | None, plugin: str) -> Question:
    """Read what to find in the matrix: a component, for one role or for every role that it can fill.

    Raises:
        DeclarationError: the component is unknown, or cannot fill the role or use the plugin.
    """
    part = read_component(text, FILLED_BY[role] if role else frozenset().union(*FILLED_BY.values()))
    try:
        version = parse(part.version)
    except UnreadableVersionError as error:
        raise DeclarationError(str(error)) from error
    if plugin and not matrix.plugins.fits(plugin, original(part.component)):
        names = sorted(
            name for name in matrix.plugins.names if matrix.plugins.fits(name, original(part.component))
        )
        choice = (
            did_you_mean(plugin, names, f"choose one of: {', '.join(names)}") if names else "remove --plugin"
        )
        title = title_of(part.component)
        raise DeclarationError(f"{title} cannot use the plugin {plugin[:60]!r}; {choice}")
    roles = (role,) if role else tuple(roles_of(part.component))
    return Question(part.component, version, roles, plugin, part.flavor)


def _can_fill(role: Role) -> Collection[str]:
    return FILLED_BY[role] | ({CUSTOM} if role in STORES else frozenset())


def _store_spec(matrix: Matrix, stack: DeclaredStack, role: Role, part: DeclaredComponent) -> StoreSpec:
    if part.component == CUSTOM:
        return StoreSpec(part.component, label=part.version)
    return StoreSpec(part.component, _plugin(matrix, stack, role, part))


def _check_schemas(stack: DeclaredStack, parts: Mapping[Role, DeclaredComponent]) -> None:
    for role in stack.schemas:
        if role not in STORES or role not in parts:
            raise DeclarationError(f"--schema {role}=… was given, but {_no_store(role)}")
        if not record(parts[role].component).has_schema_row:
            raise DeclarationError(
                f"--schema {role}=… was given, but {_title(parts[role])} has no schema version to compare;"
                f" remove --schema {role}"
            )


def _check_plugins(matrix: Matrix, stack: DeclaredStack, parts: Mapping[Role, DeclaredComponent]) -> None:
    plugins = matrix.plugins
    for name in (*stack.plugins.values(), *stack.any_plugins):
        if name not in plugins:
            raise DeclarationError(
                f"there is no plugin {name[:60]!r}; "
                + did_you_mean(
                    name, sorted(plugins.names), f"choose one of: {', '.join(sorted(plugins.names))}"
                )
            )
    for role, name in stack.plugins.items():
        if role not in parts:
            raise DeclarationError(f"--plugin {role}={name} was given, but {_no_store(role)}")
        if not plugins.fits(name, original(parts[role].component)):
            raise DeclarationError(f"plugin {name} does not fit {role}, which is {_title(parts[role])}")
    there = {original(part.component) for role, part in parts.items() if role in STORES}
    for name in stack.any_plugins:
        if not any(plugins.fits(name, component) for component in there):
            raise DeclarationError(f"plugin {name} fits none of the stores; remove it")
    for component in there:
        if sum(plugins.fits(name, component) for name in stack.any_plugins) > 1:
            raise DeclarationError(
                f"several plugins fit {title_of(component)}; write --plugin ROLE=PLUGIN for each"
            )


def _plugin(matrix: Matrix, stack: DeclaredStack, role: Role, part: DeclaredComponent) -> str:
    if part.component not in SQL:
        return ""
    fitting = (name for name in stack.any_plugins if matrix.plugins.fits(name, original(part.component)))
    named = stack.plugins.get(role) or next(fitting, "")
    release = matrix.releases.named(stack.server.removeprefix("v"))
    only = plugins_for(release, original(part.component), "") if release is not None else ()
    return named or (only[0] if len(only) == 1 else "")


def _observation(role: Role, part: DeclaredComponent, stack: DeclaredStack) -> Observation:
    row = None
    if role in STORES and record(part.component).has_schema_row:
        version = stack.schemas.get(role)
        row = SchemaRow(version) if version is not None else SchemaRow(None, _not_given(role))
    facts = Facts(part.component, (Node(part.version),), flavor=part.flavor, schema=row)
    target = Target(role, part.component, "given")
    return Observation(target, NOW, facts=facts, observed=NOW, attempts=1)


def _not_given(role: Role) -> Failure:
    return Failure(Reason.NOT_GIVEN, f"no schema version was given; add --schema {role}=VERSION")


def _no_store(role: Role) -> str:
    return f"there is no {role} store (add --{role.replace('_', '-')} NAME=VERSION)"


def _title(part: DeclaredComponent) -> str:
    return title_of(part.component, part.flavor)
