"""`matrix export --format html`: the plans for common stores, between all releases, as one page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from agent.cli.inventory import NOW, DeclaredStack, read_component, to_observations
from agent.components.registry import FILLED_BY, title_of
from agent.matrix import Matrix
from agent.model.roles import role_title
from agent.model.vocabulary import Role
from agent.reports.plan_table import PlanTable
from agent.upgrade import Plan, Toolbox
from agent.upgrade.plan_cluster import ClusterPlanner
from agent.web.plan_page import plan_page

_FURTHER = (Role.SEARCH, Role.SECONDARY_VISIBILITY)


@dataclass(frozen=True)
class Setup:
    """Stores of a cluster: text such as `postgresql=15.4` for each role, and the plugin of each SQL store."""

    parts: Mapping[Role, str]
    plugins: Mapping[Role, str]

    @property
    def options(self) -> str:
        """The same for the command line."""
        words = [f"--{role.replace('_', '-')} {text}" for role, text in self.parts.items()]
        words += [f"--plugin {role}={plugin}" for role, plugin in self.plugins.items()]
        return " ".join(words)

    @property
    def names(self) -> tuple[str, str, str]:
        """For people: the persistence store, the visibility store, and a further store if there is one."""
        further = [f"{role_title(role)}: {self._name(role)}" for role in _FURTHER if role in self.parts]
        return self._name(Role.PERSISTENCE), self._name(Role.VISIBILITY), "".join(further) or "none"

    def _name(self, role: Role) -> str:
        part = read_component(self.parts[role], FILLED_BY.get(role, FILLED_BY[Role.VISIBILITY]))
        plugin = f", plugin {self.plugins[role]}" if role in self.plugins else ""
        return f"{title_of(part.component, part.flavor)} {part.version}{plugin}"


def _setup(
    persistence: tuple[str, str],
    visibility: tuple[str, str] = ("", ""),
    further: Mapping[Role, str] | None = None,
) -> Setup:
    """A store is text and plugin; without a visibility store it is of the same kind as persistence."""
    both = {Role.PERSISTENCE: persistence, Role.VISIBILITY: visibility if visibility[0] else persistence}
    parts = {role: text for role, (text, _) in both.items()}
    plugins = {role: plugin for role, (_, plugin) in both.items() if plugin}
    return Setup({**parts, **(further or {})}, plugins)


def _sql(kind: str, plugin: str, *versions: str) -> Iterator[tuple[str, str]]:
    return ((f"{kind}={version}", plugin) for version in versions)


_POSTGRESQL = ("postgresql=16.6", "postgres12")
_MYSQL = ("mysql=8.0.40", "mysql8")
_CASSANDRA = ("cassandra=4.1.8", "")
_ELASTICSEARCH = (("elasticsearch=7.17.27", ""), ("elasticsearch=8.17.0", ""))

#: The stores that the page offers: what Temporal's documentation lists, and what people move from and to.
SETUPS: Sequence[Setup] = (
    *map(
        _setup,
        chain(
            _sql("postgresql", "postgres12", "16.6", "13.18", "14.15", "15.10", "17.2", "18.0"),
            _sql("postgresql", "postgres12_pgx", "16.6"),
            _sql("postgresql", "postgres", "13.18"),
            _sql("mysql", "mysql8", "8.0.40", "8.4.3"),
            _sql("mysql", "mysql", "5.7.44", "8.0.40"),
        ),
    ),
    _setup(("cassandra=3.11.19", "")),
    _setup(("cassandra=3.11.19", ""), further={Role.SEARCH: "elasticsearch=7.17.27"}),
    *(_setup(store, search) for store in (_POSTGRESQL, _MYSQL, _CASSANDRA) for search in _ELASTICSEARCH),
    _setup(_POSTGRESQL, ("opensearch=2.19.0", "")),
    _setup(("cassandra=5.0.4", ""), ("elasticsearch=8.17.0", "")),
    _setup(_CASSANDRA, _POSTGRESQL),
    _setup(_CASSANDRA, _MYSQL),
)


def plan_tables(matrix: Matrix, setups: Sequence[Setup] = SETUPS) -> PlanTable:
    """The plans from every release to every later one, on each of these stores."""
    table = PlanTable([release.name for release in matrix.releases.all])
    for setup in setups:
        table.add(setup.names, setup.options, plans_of(matrix, setup))
    return table


def plans_of(matrix: Matrix, setup: Setup) -> Iterator[list[Plan]]:
    """For each release, oldest first, the plans to each later one, as `plan --from` makes them."""
    planner = None
    releases = matrix.releases.all
    for place, start in enumerate(releases):
        stack = DeclaredStack(start.name, setup.parts, setup.plugins)
        subject, observations = to_observations(matrix, stack)
        planner = ClusterPlanner(matrix, subject, observations, NOW, Toolbox(), like=planner)
        yield [planner.plan(target, assume_current=True) for target in releases[place + 1 :]]


def plan_html(matrix: Matrix) -> str:
    """The page as HTML."""
    return plan_page(plan_tables(matrix).as_object(), matrix.published)
