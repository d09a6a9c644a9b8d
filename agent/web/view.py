"""The content of the pages: clusters by role, the worst first, and the results of a search."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from agent.model.vocabulary import SEVERITY, Role, Verdict
from agent.reports.check_document import CheckDocument
from agent.reports.cluster_document import ClusterDocument, cluster_document
from agent.reports.probe_document import ProbeDocument
from agent.snapshot import Snapshot

#: A state besides the verdicts: clusters whose server would not start again.
WOULD_NOT_START = "would_not_start"

#: The states for counts and filters, the worst first.
STATES = (WOULD_NOT_START, *reversed(SEVERITY))


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

    @property
    def rank(self) -> tuple[bool, int, str]:
        """Sort key, the worst first: clusters that would not start, then by verdict, then by name."""
        return self.would_start is not False, -SEVERITY.index(self.verdict), self.name

    @cached_property
    def findings(self) -> tuple[CheckDocument, ...]:
        """The worst first; waived findings come after all others."""
        return self.document.worst_first

    @property
    def first_says_so(self) -> bool:
        """Whether the message of the worst finding explains why the server would not start."""
        message = self.document.would_start_message
        return any(message.endswith(finding.message) for finding in self.findings[:1])

    @cached_property
    def failing(self) -> tuple[ProbeDocument, ...]:
        """Targets whose last probe failed."""
        return tuple(probe for probe in self.document.probes if probe.failure is not None)

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
        for finding in self.findings:
            words += [finding.check, finding.reason, finding.message]
        for probe in document.probes:
            words.append(probe.component)
            if probe.failure is not None:
                words += [probe.failure.reason, probe.failure.message]
        words += [advisory.id for advisory in document.advisories]
        return "\n".join(words).casefold()

    def is_in(self, state: str) -> bool:
        return self.would_start is False if state == WOULD_NOT_START else self.verdict == state

    def has_words(self, text: str) -> bool:
        """Whether the texts of the cluster contain every word of the search."""
        return all(word in self._words for word in text.casefold().split())


@dataclass(frozen=True)
class Query:
    """A search. Empty or unknown values do not filter."""

    text: str = ""
    state: str = ""
    environment: str = ""

    def takes(self, row: Row) -> bool:
        return (
            (self.state not in STATES or row.is_in(self.state))
            and (not self.environment or row.document.environment == self.environment)
            and row.has_words(self.text)
        )

    @property
    def is_any(self) -> bool:
        return self.state in STATES or bool(self.environment or self.text.strip())


@dataclass(frozen=True)
class Overview:
    """All clusters. `rows` are the results of the search; `counts` are all clusters in each state."""

    query: Query
    rows: tuple[Row, ...]
    total: int
    counts: Mapping[str, int]
    roles: tuple[Role, ...]
    environments: tuple[str, ...]


def row(snapshot: Snapshot) -> Row:
    """One cluster as the status page shows it."""
    return Row(cluster_document(snapshot))


def overview(rows: Iterable[Row], query: Query) -> Overview:
    """The status page's content, the worst cluster first."""
    rows = sorted(rows, key=lambda row: row.rank)
    counts = Counter(state for row in rows for state in STATES if row.is_in(state))
    used = {role for row in rows for role in row.cells}
    return Overview(
        query=query,
        rows=tuple(row for row in rows if query.takes(row)),
        total=len(rows),
        counts={state: counts[state] for state in STATES},
        roles=tuple(role for role in Role if role in used),
        environments=tuple(sorted({row.document.environment for row in rows} - {""})),
    )
