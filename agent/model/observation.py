"""What probes return: plain frozen data, no IO."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from agent.model.vocabulary import Reason, Role


@dataclass(frozen=True)
class Instant:
    """One moment on both clocks, in seconds.

    `wall` (Unix time) is for people and timestamps. `mono` is for ages: setting the clock does not change
    it, and it goes on while the machine is suspended.
    """

    wall: float
    mono: float


@dataclass(frozen=True)
class Target:
    """What is read (`role`, `component`) and how (`endpoint`; `name` where there are several of one).

    `address`: where it is, for people. `login`: where the password or token comes from, for people. Both may
    change, and it is still the same target.
    """

    role: Role
    component: str
    endpoint: str
    name: str = ""
    address: str = field(default="", compare=False)
    login: str = field(default="", compare=False)


@dataclass(frozen=True)
class Failure:
    """Why something could not be read: a code for labels, a text for people.

    `details`: what the library or the server said word for word, where that is not written for people.
    """

    reason: Reason
    text: str
    details: str = ""


@dataclass(frozen=True)
class Node:
    """One replica or node that answered, with the version as it reported it.

    `toolchain` is what a Temporal binary was built with, such as `go1.26.8`; empty where it was not reported.
    """

    version: str
    name: str = ""
    service: str = ""
    toolchain: str = ""


@dataclass(frozen=True)
class SchemaRow:
    """The schema version that the store records, or why it cannot be read.

    `others` are rows of other databases in the same table, each as one shortened text for people.
    """

    version: str | None
    problem: Failure | None = None
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class SearchIndex:
    """A search index: the types of its fields, or why they can't be read.

    `template` has those of the template from which the next index is created; None: there is none, or the
    agent may not read it.
    """

    fields: Mapping[str, str] | None
    problem: Failure | None = None
    template: Mapping[str, str] | None = None


@dataclass(frozen=True)
class RemoteCluster:
    """A cluster of a replication group. Numbers are 0 and `version` is empty where they were not reported.

    `is_connected`: the connection to it is enabled. `problem`: why it did not answer.
    """

    name: str
    version: str
    shards: int
    initial_failover_version: int
    failover_increment: int
    is_connected: bool
    problem: Failure | None = None


@dataclass(frozen=True)
class SchemaCatalog:
    """The tables in a store's catalogue: the definition of each column and index, by `table.name`.

    A definition is written the same way for every version of the store. `invalid`: indexes that the store
    does not use. `hidden`: why there may be more than was read. `problem`: why nothing could be read.
    """

    columns: Mapping[str, str]
    indexes: Mapping[str, str]
    invalid: frozenset[str] = frozenset()
    hidden: Failure | None = None
    problem: Failure | None = None


@dataclass(frozen=True)
class Facts:
    """What one read of a target returned.

    `plugins`: for a Temporal frontend, the plugin names that it reported for each store role.
    `shape` is read only where the configuration says so (`inspect_schema`). `tables`: the names of all tables
    of the database; None where the catalogue does not show all of them.
    `settings`: abilities and settings of a store that a prerequisite of Temporal depends on.
    `remotes`: the clusters that a Temporal cluster replicates with, itself first; empty where there are
    no others. `gaps`: what could not be read; the other facts still count.
    """

    component: str
    nodes: tuple[Node, ...]
    flavor: str = ""
    schema: SchemaRow | None = None
    index: SearchIndex | None = None
    shape: SchemaCatalog | None = None
    tables: frozenset[str] | None = None
    plugins: Mapping[Role, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    details: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    settings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    remotes: tuple[RemoteCluster, ...] = ()
    gaps: tuple[Failure, ...] = ()


@dataclass(frozen=True)
class Observation:
    """The last attempt to read a target, and the facts of the last attempt that succeeded."""

    target: Target
    attempted: Instant | None = None
    duration: float | None = None
    failure: Failure | None = None
    facts: Facts | None = None
    observed: Instant | None = None
    attempts: int = 0
    failures: int = 0

    def fresh_facts(self, now: Instant, max_age: float) -> Facts | None:
        """The facts while they are younger than `max_age` seconds, else None."""
        if self.observed is None or now.mono >= self.observed.mono + max_age:
            return None
        return self.facts
