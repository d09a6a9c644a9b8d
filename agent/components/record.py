"""What the program knows about one component: the types of its record."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from agent.model.vocabulary import Role


class Kind(Enum):
    """How Temporal uses a component."""

    SQL = auto()
    """A database that needs a SQL plugin."""
    CASSANDRA = auto()
    """A keyspace that Temporal reaches without a plugin."""
    SEARCH = auto()
    """A search engine with an index instead of a schema."""
    OTHER = auto()


class Prerequisite(Enum):
    """A setting of a store that Temporal depends on."""

    TRANSACTION_ISOLATION = auto()
    NO_ANSI_QUOTES = auto()
    BTREE_GIN = auto()


@dataclass(frozen=True)
class Filling:
    """A role that a component can have, the releases that allow it (PEP 440), and the source of that.

    Without `releases` the facts of each release decide: its plugins, or its schema folders.
    """

    role: Role
    releases: str = ""
    source: str = ""


@dataclass(frozen=True)
class Reader:
    """One way to read a component: `endpoint` is the label `probe`, and `probe` the kind of probe.

    `extra`: the extra of this package that installs the driver; empty where no driver is needed.
    """

    endpoint: str
    probe: str
    extra: str = ""


@dataclass(frozen=True)
class Marker:
    """A pattern by which software is recognized, searched in one of the texts that a probe reads.

    A group `version` in the pattern is the software's own version.
    """

    text: str
    pattern: re.Pattern[str]


@dataclass(frozen=True)
class Flavor:
    """A compatible product: other software that uses the component's protocol.

    `has_own_versions`: its version numbers are not those of the original, so minimums and exclusions of the
    original do not apply. `has_own_catalogue`: its catalogue may describe the same tables differently.
    `lifecycle`: its product in lifecycle.json; empty where its end-of-life dates are not known.
    """

    name: str
    title: str
    markers: tuple[Marker, ...]
    has_own_versions: bool = True
    has_own_catalogue: bool = False
    lifecycle: str = ""


@dataclass(frozen=True)
class SchemaTool:
    """The tool of Temporal that updates a schema.

    `place`: what the tool calls a database; `--place` is its flag, `PLACE` its variable. `prefix`: the
    prefix of its variables. `create`, `drop`: its subcommands with arguments, `{name}` for the database.
    `default_plugin`: the plugin where neither configuration nor release gives one; every release
    since 1.20 has it.
    """

    name: str
    place: str
    prefix: str
    create: tuple[str, ...]
    drop: tuple[str, ...]
    default_plugin: str = ""


@dataclass(frozen=True)
class Component:
    """One piece of software.

    `name`: the label, the name on the command line and, for a store, its key in the configuration. `title`:
    the name in messages, in the vendor's spelling. `relative_of`: the component whose protocol, plugins and
    schema it shares, and under whose key it is configured; no source supports it. `markers`: how a probe
    that reads several components recognizes this one.

    `packager_words`: words that packagers add to its versions; any other word in a version means a product
    that is not known. None: not checked.

    `series_parts`: how many numbers of a version make a series, the unit of support;
    `two_part_series_before`: before this major a series has two (PostgreSQL 9.6); `document_series_parts`:
    the same for the list of the first eight releases. `has_literal_ranges`: an open range such as `>=2.0`
    supports every later version, not only those published before the Temporal release.
    `ci_image`: images of Temporal's own tests, with the version in the first group.

    `is_checked_at_start`: the server compares its schema at start. `has_catalogue`: the tables of each
    schema version are known. `has_schema_row`: it stores the version of its schema. `has_versions`: it has
    versions to judge. `v6_client_below`: before this major the server needs the client `v6`.
    `rights`: what to do if a probe lacks permissions; docs/configuration.md lists the same rights.
    """

    name: str
    title: str
    kind: Kind = Kind.OTHER
    roles: tuple[Filling, ...] = ()
    readers: tuple[Reader, ...] = ()
    markers: tuple[Marker, ...] = ()
    flavors: tuple[Flavor, ...] = ()
    relative_of: str = ""
    has_versions: bool = True
    packager_words: frozenset[str] | None = None
    series_parts: int = 1
    two_part_series_before: int = 0
    document_series_parts: int = 0
    has_literal_ranges: bool = False
    ci_image: re.Pattern[str] | None = None
    schema_tool: SchemaTool | None = None
    is_checked_at_start: bool = False
    has_schema_row: bool = False
    has_catalogue: bool = False
    has_own_catalogue: bool = False
    prerequisites: frozenset[Prerequisite] = frozenset()
    v6_client_below: int = 0
    rights: str = ""
    lifecycle: str = ""

    @property
    def original(self) -> str:
        """The component whose plugins and schema the server uses: itself, unless `relative_of` is set."""
        return self.relative_of or self.name

    @property
    def reader(self) -> Reader:
        """The one reader of a store.

        Raises:
            ValueError: the component has no reader, or several, as the server has.
        """
        (reader,) = self.readers
        return reader

    def can_fill(self, role: Role) -> bool:
        """Whether a release can use it for this role. A secondary visibility store counts as visibility."""
        wanted = Role.VISIBILITY if role is Role.SECONDARY_VISIBILITY else role
        return any(filling.role is wanted for filling in self.roles)

    def filling(self, role: Role) -> Filling | None:
        """The releases that can use it for this role; None: no release can."""
        return next((filling for filling in self.roles if filling.role is role), None)
