"""The report of one cluster. JSON, text, annotations and pages are made from this document alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from agent.model.vocabulary import SEVERITY, Role, Verdict, worst
from agent.reports.advisory_document import (
    AdvisoryDocument,
    AdvisoryWaiverDocument,
    advisory_document,
    advisory_waiver_document,
)
from agent.reports.check_document import (
    CauseDocument,
    CheckDocument,
    WaiverDocument,
    check_document,
    waiver_document,
)
from agent.reports.document import COUNT, HIDDEN, TIME, Document, rfc3339
from agent.reports.probe_document import ProbeDocument, RemoteDocument, probe_document
from agent.snapshot import Snapshot
from agent.verdict import ClusterSpec, SchemaState, ServerState


@dataclass(frozen=True)
class ServerDocument(Document):
    """The oldest running release. `stale`: it ran when the server last answered, which is too long ago.

    `newest`: the newest running release; null where it is not known.
    """

    version: str
    release: str | None
    published: date | None
    patches_behind: int | None = field(metadata=COUNT)
    minors_behind: int | None = field(metadata=COUNT)
    stale: bool = field(metadata=HIDDEN)
    newest: str | None = field(metadata=HIDDEN)


@dataclass(frozen=True)
class OutlookDocument(Document):
    """The size of the plan to the newest release of the running minor, or of the next minor."""

    level: str = field(metadata={"json_schema_extra": {"enum": ["patch", "minor"]}})
    release: str
    blockers: int = field(metadata=COUNT)
    schema_steps: int = field(metadata=COUNT)
    steps: int = field(metadata=COUNT)


@dataclass(frozen=True)
class SchemaDocument(Document):
    """A store's schema. `drift`: how many versions it is ahead of the required version."""

    role: Role
    component: str
    plugin: str | None
    version: str
    required: str | None
    drift: int | None


@dataclass(frozen=True)
class EndOfLifeDocument(Document):
    """The end-of-life date of a component."""

    role: Role
    component: str
    date: date


@dataclass(frozen=True)
class AssumptionDocument(Document):
    """What a cluster was judged as, and what runs. `running`: null where it is not known.

    `schema_upgraded`: the schema steps of `release` count as done.
    """

    temporal_cluster: str
    release: str
    running: str | None
    schema_upgraded: bool
    is_probed: bool = field(metadata=HIDDEN)

    @property
    def text(self) -> str:
        """For people: what runs and what was assumed."""
        if not self.is_probed:
            return (
                f"assumed: {self.release}; nothing was contacted, so what runs is not known and there is no"
                " path to judge (use `plan --from RELEASE`)"
            )
        schemas = "with its schema steps done" if self.schema_upgraded else "on the schemas as they are"
        return f"runs: {self.running or 'not known'}; assumed: {self.release}, {schemas}"


@dataclass(frozen=True)
class ClusterDocument(Document):
    """Everything that is known about one cluster. Times are RFC 3339 in UTC."""

    temporal_cluster: str
    product: str
    environment: str
    verdict: Verdict
    would_start: bool | None
    would_start_message: str
    taken: str | None = field(metadata=TIME)
    since: str | None = field(metadata=HIDDEN)
    server: ServerDocument | None
    upgrades: tuple[OutlookDocument, ...]
    checks: tuple[CheckDocument, ...]
    findings: tuple[CheckDocument, ...]
    remarks: tuple[CheckDocument, ...] = field(metadata=HIDDEN)
    waivers: tuple[WaiverDocument, ...]
    advisory_waivers: tuple[AdvisoryWaiverDocument, ...]
    schemas: tuple[SchemaDocument, ...]
    advisories: tuple[AdvisoryDocument, ...]
    ends_of_life: tuple[EndOfLifeDocument, ...]
    probes: tuple[ProbeDocument, ...]
    assumption: AssumptionDocument | None = field(metadata=HIDDEN)

    @property
    def worst_first(self) -> tuple[CheckDocument, ...]:
        """The findings, the worst first; waived findings come last."""
        return tuple(sorted(self.findings, key=lambda check: (check.waived, -SEVERITY.index(check.verdict))))

    @property
    def causes(self) -> tuple[CheckDocument, ...]:
        """The findings that follow from no other finding, in the order of `worst_first`."""
        return tuple(finding for finding in self.worst_first if finding.caused_by is None)

    def consequences(self, finding: CheckDocument) -> tuple[CheckDocument, ...]:
        """The findings that follow from this one."""
        key = CauseDocument(finding.role, finding.check, finding.reason)
        return tuple(each for each in self.worst_first if each.caused_by == key)

    def details(self, finding: CheckDocument) -> str:
        """What the target or the library said word for word where it failed; empty if nothing is known."""
        failures = [probe.failure for probe in self.probes if probe.role is finding.role and probe.failure]
        return next((each.details for each in failures if each.details and each.reason is finding.reason), "")

    @property
    def remotes(self) -> tuple[RemoteDocument, ...]:
        """The clusters of its replication group, from the first server endpoint that lists them."""
        server = (probe.facts for probe in self.probes if probe.role is Role.SERVER and probe.facts)
        return next((facts.remotes for facts in server if facts.remotes), ())


@dataclass(frozen=True)
class ClustersDocument(Document):
    """Every cluster."""

    clusters: tuple[ClusterDocument, ...]


@dataclass(frozen=True)
class CheckReportDocument(Document):
    """The output of `check --format json`."""

    verdict: Verdict
    would_start: bool | None
    clusters: tuple[ClusterDocument, ...]


@dataclass(frozen=True)
class AssumedReportDocument(CheckReportDocument):
    """The same, if a release was assumed: also what was assumed of each cluster."""

    assumed: tuple[AssumptionDocument, ...]


def cluster_document(snapshot: Snapshot) -> ClusterDocument:
    """The document of one cluster at one point in time."""
    subject, judgement = snapshot.subject, snapshot.judgement
    checks, remarks = (
        tuple(map(check_document, judgement.results)),
        tuple(map(check_document, judgement.remarks)),
    )
    return ClusterDocument(
        temporal_cluster=subject.name,
        product=subject.product,
        environment=subject.environment,
        verdict=judgement.verdict,
        would_start=judgement.start.would_start,
        would_start_message=judgement.start.message,
        taken=rfc3339(snapshot.taken.wall) if snapshot.taken else None,
        since=rfc3339(snapshot.since.cluster) if snapshot.since.cluster is not None else None,
        server=_server(judgement.server) if judgement.server else None,
        upgrades=tuple(
            OutlookDocument(
                level=ahead.level,
                release=ahead.release,
                blockers=ahead.blockers,
                schema_steps=ahead.schema_steps,
                steps=ahead.steps,
            )
            for ahead in snapshot.outlook
        ),
        checks=checks,
        findings=(*(check for check in checks if check.is_finding), *remarks),
        remarks=remarks,
        waivers=tuple(map(waiver_document, judgement.waivers)),
        advisory_waivers=tuple(map(advisory_waiver_document, judgement.advisory_waivers)),
        schemas=tuple(map(_schema, judgement.schemas)),
        advisories=tuple(map(advisory_document, judgement.advisories)),
        ends_of_life=tuple(
            EndOfLifeDocument(role=end.role, component=end.component, date=end.on)
            for end in judgement.ends_of_life
        ),
        probes=tuple(
            probe_document(observation, counts=observation.target in judgement.fresh)
            for observation in snapshot.observations
        ),
        assumption=_assumption(subject) if subject.assumed else None,
    )


def check_report(snapshots: Sequence[Snapshot]) -> CheckReportDocument:
    """All clusters with the worst verdict, and whether every server would start."""
    clusters = tuple(map(cluster_document, snapshots))
    answers = {cluster.would_start for cluster in clusters}
    verdict = worst([cluster.verdict for cluster in clusters])
    would_start = False if False in answers else None if None in answers else True
    if assumed := tuple(cluster.assumption for cluster in clusters if cluster.assumption):
        return AssumedReportDocument(verdict, would_start, clusters, assumed)
    return CheckReportDocument(verdict, would_start, clusters)


def _assumption(subject: ClusterSpec) -> AssumptionDocument:
    return AssumptionDocument(
        temporal_cluster=subject.name,
        release=subject.assumed,
        running=(subject.path.running if subject.path else "") or None,
        schema_upgraded=subject.schema_upgraded,
        is_probed=subject.path is not None,
    )


def _server(server: ServerState) -> ServerDocument:
    known = bool(server.release)
    return ServerDocument(
        version=server.version,
        release=server.release or None,
        published=server.published,
        patches_behind=server.patches_behind if known else None,
        minors_behind=server.minors_behind if known else None,
        stale=server.stale,
        newest=server.newest or server.release or None,
    )


def _schema(schema: SchemaState) -> SchemaDocument:
    return SchemaDocument(
        role=schema.role,
        component=schema.component,
        plugin=schema.plugin or None,
        version=schema.version,
        required=schema.required or None,
        drift=schema.drift,
    )
