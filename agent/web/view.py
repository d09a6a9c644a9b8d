"""The content of the overview: clusters in groups, their order, and the results of a search."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from agent.model.vocabulary import SEVERITY, Role, Verdict
from agent.reports.check_document import CheckDocument
from agent.reports.cluster_document import ClusterDocument, cluster_document
from agent.reports.probe_document import ProbeDocument
from agent.snapshot import Snapshot
from agent.web.attention import Note, notes

#: States besides the verdicts: the server would not start again; all is supported, and an alert fires
#: or there is a finding.
WOULD_NOT_START = "would_not_start"
ATTENTION = "attention"

#: The states for counts and filters, the worst first. A cluster has exactly one.
STATES = (
    WOULD_NOT_START,
    Verdict.UNSUPPORTED.value,
    Verdict.UNKNOWN.value,
    Verdict.UNTESTED.value,
    ATTENTION,
    Verdict.SUPPORTED.value,
)
#: States in which the title of the page counts a cluster.
BROKEN = STATES[:2]

SORTS = ("worst", "name", "newest")


@dataclass(frozen=True)
class Cell:
    """One role of one cluster. `verdict` is that of the worst check; `waived`: there is a waiver for it.

    `versions` are the running versions as reported; empty while there is no recent observation.
    """

    verdict: Verdict
    component: str
    versions: tuple[str, ...]
    waived: bool


@dataclass(frozen=True, eq=False)
class Row:
    """One cluster. Compared by identity, because its text is kept for as long as it is shown."""

    document: ClusterDocument

    @property
    def name(self) -> str:
        return self.document.temporal_cluster

    @property
    def would_start(self) -> bool | None:
        return self.document.would_start

    @property
    def verdict(self) -> Verdict:
        return self.document.verdict

    @cached_property
    def state(self) -> str:
        """One of STATES. A cluster is `supported` only if nothing is left to look at."""
        if self.would_start is False:
            return WOULD_NOT_START
        if self.verdict is not Verdict.SUPPORTED:
            return self.verdict
        if self.would_start is None:
            return Verdict.UNKNOWN
        is_quiet = all(finding.waived for finding in self.document.findings) and not any(
            note.fires for note in self.notes
        )
        return Verdict.SUPPORTED if is_quiet else ATTENTION

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        """What else there is to know: failed probes, published warnings, ends of life, waivers."""
        return notes(self.document)

    @property
    def rank(self) -> tuple[int, str]:
        """Sort key, the worst first, then by name."""
        return STATES.index(self.state), self.name

    @cached_property
    def findings(self) -> tuple[CheckDocument, ...]:
        """The worst first, without consequences of others; waived findings come after all others."""
        return self.document.causes

    @property
    def first_says_so(self) -> bool:
        """Whether the message of the worst finding explains why the server would not start."""
        message = self.document.would_start_message
        return any(message.endswith(finding.message) for finding in self.findings[:1])

    @cached_property
    def cells(self) -> Mapping[Role, Cell]:
        """Every role with a check or a probe."""
        checks: dict[Role, list[CheckDocument]] = {}
        for check in self.document.checks:
            checks.setdefault(check.role, []).append(check)
        probes: dict[Role, list[ProbeDocument]] = {}
        for probe in self.document.probes:
            probes.setdefault(probe.role, []).append(probe)
        return {
            role: self._cell(role, checks.get(role, []), probes.get(role, []))
            for role in Role
            if role in checks or role in probes
        }

    def _cell(self, role: Role, checks: list[CheckDocument], probes: list[ProbeDocument]) -> Cell:
        worst = max(checks, key=lambda check: (SEVERITY.index(check.verdict), not check.waived), default=None)
        facts = [probe.facts for probe in probes if probe.facts is not None and probe.counts]
        versions = dict.fromkeys(node.version for found in facts for node in found.nodes)
        server = self.document.server
        if role is Role.SERVER and not versions and server is not None:
            versions = {server.version: None}
        components = [found.flavor or found.component for found in facts]
        components += [check.component for check in checks] + [probe.component for probe in probes]
        return Cell(
            verdict=worst.verdict if worst else Verdict.UNKNOWN,
            component=components[0],
            versions=tuple(versions),
            waived=worst is not None and worst.waived,
        )

    @cached_property
    def _words(self) -> str:
        document = self.document
        words = [self.name, document.product, document.environment, self.verdict]
        for role, cell in self.cells.items():
            words += [role, cell.component, *cell.versions]
        for finding in document.findings:
            words += [finding.check, finding.reason, finding.message]
        for probe in document.probes:
            words.append(probe.component)
            if probe.failure is not None:
                words += [probe.failure.reason, probe.failure.message]
        words += [advisory.id for advisory in document.advisories]
        return "\n".join(words).casefold()

    def has_words(self, text: str) -> bool:
        """Whether the texts of the cluster contain every word of the search."""
        return all(word in self._words for word in text.casefold().split())


_KEYS: Mapping[str, Callable[[Row], str]] = {
    "product": lambda row: row.document.product,
    "environment": lambda row: row.document.environment,
}
#: What clusters can be grouped by.
GROUPS = tuple(_KEYS)


@dataclass(frozen=True)
class Query:
    """A search, and how its results are shown. Empty or unknown values do not filter."""

    text: str = ""
    state: str = ""
    environment: str = ""
    group: str = ""
    sort: str = ""

    def takes(self, row: Row) -> bool:
        return self.covers(row) and (self.state not in STATES or row.state == self.state)

    def covers(self, row: Row) -> bool:
        """Whether the search finds it in any state."""
        is_here = not self.environment or row.document.environment == self.environment
        return is_here and row.has_words(self.text)

    @property
    def is_any(self) -> bool:
        return self.state in STATES or bool(self.environment or self.text.strip())

    @property
    def is_shaped(self) -> bool:
        """Whether any filter, grouping or order is chosen."""
        return bool(self.state or self.environment or self.group or self.sort)

    def address(self, state: str) -> str:
        """The same search in another state, as the query of an address."""
        fields = {
            "q": self.text,
            "state": state,
            "environment": self.environment,
            "group": self.group,
            "sort": self.sort,
        }
        return urlencode({key: value for key, value in fields.items() if value})


@dataclass(frozen=True)
class Group:
    """Clusters below one heading. `quiet` are those without anything to do."""

    title: str
    rows: tuple[Row, ...]
    quiet: tuple[Row, ...]

    @property
    def size(self) -> int:
        return len(self.rows) + len(self.quiet)


@dataclass(frozen=True)
class Overview:
    """The results of a search. `counts` are all that it finds in each state; `broken` are of all clusters."""

    query: Query
    groups: tuple[Group, ...]
    shown: int
    total: int
    broken: int
    counts: Mapping[str, int]
    environments: tuple[str, ...]


def row(snapshot: Snapshot) -> Row:
    """One cluster as the status page shows it."""
    return Row(cluster_document(snapshot))


def overview(rows: Iterable[Row], query: Query, environments: Sequence[str] = ()) -> Overview:
    """The status page's content. `environments`: in the order of the configuration, as are `rows`."""
    rows = tuple(rows)
    used = tuple(dict.fromkeys(row.document.environment for row in rows))
    order = tuple(dict.fromkeys(name for name in (*environments, *used) if name in used))
    found = tuple(row for row in rows if query.takes(row))
    counts = Counter(row.state for row in rows if query.covers(row))
    return Overview(
        query=query,
        groups=_groups(found, query, order),
        shown=len(found),
        total=len(rows),
        broken=sum(row.state in BROKEN for row in rows),
        counts={state: counts[state] for state in STATES},
        environments=tuple(name for name in order if name),
    )


def _groups(rows: Sequence[Row], query: Query, environments: Sequence[str]) -> tuple[Group, ...]:
    key = _KEYS.get(query.group, _no_title)
    titles = environments if query.group == "environment" else [key(row) for row in rows]
    parts: dict[str, list[Row]] = {title: [] for title in titles}
    for each in _sorted(rows, query.sort):
        parts[key(each)].append(each)
    return tuple(_group(title, part) for title, part in parts.items() if part)


def _no_title(_row: Row) -> str:
    return ""


def _group(title: str, rows: Sequence[Row]) -> Group:
    quiet = tuple(row for row in rows if row.state == Verdict.SUPPORTED)
    return Group(title, tuple(row for row in rows if row.state != Verdict.SUPPORTED), quiet)


def _sorted(rows: Iterable[Row], sort: str) -> list[Row]:
    if sort == "name":
        return sorted(rows, key=lambda row: row.name)
    if sort == "newest":
        return sorted(rows, key=lambda row: (row.document.since or "", row.name), reverse=True)
    return sorted(rows, key=lambda row: row.rank)
