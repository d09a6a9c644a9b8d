"""Whether the Prometheus of a cluster scrapes that cluster."""

from __future__ import annotations

from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict.check import CheckInputs, Outcome, one
from agent.verdict.cluster import ClusterView
from agent.verdict.result import Result

_SOURCE = "answers of Prometheus to instant queries"
_COUNTS = ("temporal_series", "agent_series")


def scraping_check(inputs: CheckInputs) -> Outcome:
    """The check `configuration` of monitoring; nothing where it was not probed, as without a network.

    It is a finding if Prometheus has neither metrics of Temporal nor of the agent. One of them is enough:
    Prometheus may be there for one only, and it is not always known which metrics are from this cluster.
    """
    return one(_scraping(inputs.view))


def _scraping(view: ClusterView) -> Result | None:
    observations = view.of(Role.MONITORING)
    if Role.MONITORING not in view.subject.stores or not observations:
        return None
    facts = view.fresh(observations[0])
    if facts is None:
        return _result(view, Verdict.UNKNOWN, *view.silence(Role.MONITORING), source="")
    counts = [int(facts.settings[key]) for key in _COUNTS if key in facts.settings]
    if any(counts):
        temporal, agent = (facts.settings.get(key, "an unknown number") for key in _COUNTS)
        message = (
            f"Prometheus has {temporal} series of Temporal's metric build_information and {agent} series of"
            " the agent's metrics"
        )
        return _result(view, Verdict.SUPPORTED, Reason.SCRAPED, message)
    if len(counts) < len(_COUNTS):
        gap = next(iter(facts.gaps), None)
        return _result(view, Verdict.UNKNOWN, gap.reason, gap.text, source="") if gap else None
    queries = " and ".join(query[:200] for query in facts.details.values())
    message = (
        f"Prometheus has no series of Temporal or of the agent ({queries} are 0). Configure it to scrape"
        " the metrics ports of Temporal's services, and /metrics of the agent with honor_labels: true"
    )
    return _result(view, Verdict.SUPPORTED, Reason.NOT_SCRAPED, message)


def _result(
    view: ClusterView, verdict: Verdict, reason: Reason, message: str, source: str = _SOURCE
) -> Result:
    component = view.subject.stores[Role.MONITORING].component
    return Result(Role.MONITORING, Check.CONFIGURATION, component, verdict, reason, message, source)
