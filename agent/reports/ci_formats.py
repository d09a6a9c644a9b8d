"""The output of `check` for other programs: JUnit XML, GitHub annotations, Prometheus text."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from xml.etree import ElementTree as Xml

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from agent.metrics.families import cluster_metrics
from agent.model.vocabulary import Level, Verdict
from agent.reports.advisory_document import AdvisoryDocument
from agent.reports.check_document import CheckDocument
from agent.reports.cluster_document import AssumptionDocument, ClusterDocument, cluster_document
from agent.snapshot import Snapshot

#: The JUnit element of each verdict; supported or waived checks have none.
_ELEMENTS = {Verdict.UNSUPPORTED: "failure", Verdict.UNKNOWN: "error"}
#: The GitHub annotation level of each verdict.
_LEVELS = {Verdict.UNSUPPORTED: "error", Verdict.UNKNOWN: "warning", Verdict.UNTESTED: "warning"}


#: What `--fail-on` has: verdicts, and levels of published warnings.
Gates = Collection[Verdict | Level]


def as_junit(snapshots: Sequence[Snapshot], fail_on: Gates = ()) -> str:
    """One suite per cluster; one case per check, and one for whether the server would start.

    `unsupported` is a failure, `unknown` is an error, and a waived finding is skipped. A warning of a level
    in `fail_on` that applies or may apply is a failure of its own.
    """
    suites = Xml.Element("testsuites", name="temporal-compat-agent")
    for cluster in map(cluster_document, snapshots):
        suite = Xml.SubElement(suites, "testsuite", name=cluster.temporal_cluster)
        cases = [_case(cluster, check) for check in cluster.checks]
        warned = [_warning_case(cluster, each) for each in _gating(cluster, fail_on)]
        suite.extend([*cases, _start_case(cluster), *warned])
        suite.set("tests", str(len(suite)))
        if cluster.assumption is not None:
            suite.insert(0, _properties(cluster.assumption))
        for word in ("failure", "error", "skipped"):
            suite.set(f"{word}s" if word != "skipped" else word, str(len(suite.findall(f"./*/{word}"))))
    Xml.indent(suites)
    return Xml.tostring(suites, encoding="unicode", xml_declaration=False)


def as_github(snapshots: Sequence[Snapshot], fail_on: Gates = ()) -> str:
    """One annotation per cause of findings without a waiver, and one per server that would not start.

    A warning of a level in `fail_on` that applies or may apply is an error.
    """
    clusters = map(cluster_document, snapshots)
    return "\n".join(line for cluster in clusters for line in _annotations(cluster, fail_on))


def as_prometheus(snapshots: Sequence[Snapshot]) -> str:
    """The gauges of these clusters, as on /metrics, for the textfile collector of node_exporter."""
    registry = CollectorRegistry()
    registry.register(_Clusters(snapshots))
    return generate_latest(registry).decode().rstrip("\n")


class _Clusters(Collector):
    """Merges the metric families of several clusters: the library wants each family once."""

    def __init__(self, snapshots: Sequence[Snapshot]) -> None:
        self._snapshots = snapshots

    def collect(self) -> Iterator[Metric]:
        families: dict[str, Metric] = {}
        for snapshot in self._snapshots:
            for family in cluster_metrics(snapshot, counters=False):
                known = families.setdefault(family.name, family)
                if known is not family:
                    known.samples.extend(family.samples)
        yield from families.values()


def _properties(assumption: AssumptionDocument) -> Xml.Element:
    properties = Xml.Element("properties")
    for name, value in (
        ("running", assumption.running or "not known"),
        ("assumed", assumption.release),
        ("schema_upgraded", str(assumption.schema_upgraded).lower()),
    ):
        Xml.SubElement(properties, "property", name=name, value=_legal(value))
    return properties


def _case(cluster: ClusterDocument, check: CheckDocument) -> Xml.Element:
    name = f"{check.role} {check.check}"
    case = Xml.Element("testcase", classname=cluster.temporal_cluster, name=name)
    if check.accepted is not None:
        message = f"waived until {check.accepted.until}: {check.accepted.comment}"
        Xml.SubElement(case, "skipped", message=_legal(message))
    elif element := _ELEMENTS.get(check.verdict):
        _fail(case, element, check.reason, f"{check.message} [{check.source or ''}]")
    elif check.is_finding:
        Xml.SubElement(case, "system-out").text = _legal(f"{check.reason}: {check.message}")
    return case


def _start_case(cluster: ClusterDocument) -> Xml.Element:
    case = Xml.Element("testcase", classname=cluster.temporal_cluster, name="would start")
    message = cluster.would_start_message
    if cluster.would_start is None:
        _fail(case, "error", "unknown", message)
    elif not cluster.would_start:
        _fail(case, "failure", "would_not_start", message)
    return case


def _gating(cluster: ClusterDocument, fail_on: Gates) -> list[AdvisoryDocument]:
    return [each for each in cluster.advisories if each.level in fail_on and each.counts]


def _gating_text(advisory: AdvisoryDocument) -> str:
    return f"{advisory.text} [{advisory.source}]"


def _warning_case(cluster: ClusterDocument, advisory: AdvisoryDocument) -> Xml.Element:
    case = Xml.Element("testcase", classname=cluster.temporal_cluster, name=f"warning {advisory.id}")
    _fail(case, "failure", f"{advisory.level}_advisory", _gating_text(advisory))
    return case


def _fail(case: Xml.Element, element: str, kind: str, message: str) -> None:
    Xml.SubElement(case, element, type=kind, message=_legal(message))


def _legal(text: str) -> str:
    """The text without characters that XML does not allow."""
    return "".join(c if c.isprintable() else " " for c in text)


def _annotations(cluster: ClusterDocument, fail_on: Gates) -> Iterator[str]:
    name = cluster.temporal_cluster
    if cluster.would_start is False:
        yield _annotation("error", f"{name} would not start", cluster.would_start_message)
    for check in cluster.findings:
        if not check.waived and check.caused_by is None:
            title = f"{name}: {check.role} {check.check} {check.verdict} ({check.reason})"
            follows = ", ".join(f"{each.role} {each.check}" for each in cluster.consequences(check))
            message = f"{check.message} (also {follows})" if follows else check.message
            yield _annotation(_LEVELS.get(check.verdict, "notice"), title, message)
    for advisory in _gating(cluster, fail_on):
        yield _annotation("error", f"{name}: {advisory.level} warning {advisory.id}", _gating_text(advisory))
    if cluster.assumption is not None:
        yield _annotation("notice", f"{name}: what was judged", cluster.assumption.text)


def _annotation(level: str, title: str, message: str) -> str:
    """A workflow command, escaped as GitHub does (actions/toolkit: packages/core/src/command.ts)."""
    escaped = message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    title = title.replace("%", "%25").replace(":", "%3A").replace(",", "%2C")
    return f"::{level} title={title}::{escaped}"
