"""Whether the Prometheus of a cluster holds anything of it."""

from __future__ import annotations

from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict.check import CheckInputs, Outcome, one
from agent.verdict.cluster import View
from agent.verdict.result import Result

_SOURCE = "its own answers to instant queries"
_COUNTS = ("temporal_series", "agent_series")


def scraping_check(inputs: CheckInputs) -> Outcome:
    """The check `configuration` of monitoring; nothing where it was not probed, as without a network.

    To hold neither Temporal's series nor the agent's is a finding: a Prometheus may be there for one of
    them, and which of Temporal's series are this cluster's is not always known.
    """
    return one(_scraping(inputs.view))


def _scraping(view: View) -> Result | None:
    observations = view.of(Role.MONITORING)
    if Role.MONITORING not in view.subject.stores or not observations:
        return None
    facts = view.fresh(observations[0])
    if facts is None:
        return _result(view, Verdict.UNKNOWN, *view.silence(Role.MONITORING), source="")
    counts = [int(facts.settings[key]) for key in _COUNTS if key in facts.settings]
    if any(counts):
        temporal, agent = (facts.settings.get(key, "an unknown number of") for key in _COUNTS)
        message = f"it holds {temporal} series of Temporal's build_information, {agent} of the agent's"
        return _result(view, Verdict.SUPPORTED, Reason.SCRAPED, message)
    if len(counts) < len(_COUNTS):
        limit = next(iter(facts.limits), None)
        return _result(view, Verdict.UNKNOWN, limit.reason, limit.text, source="") if limit else None
    queries = " and ".join(query[:200] for query in facts.details.values())
    message = (
        f"it holds neither series of Temporal nor of the agent ({queries} are 0):"
        " let it scrape the metrics ports of Temporal's services, and /metrics of the agent with"
        " honor_labels: true"
    )
    return _result(view, Verdict.SUPPORTED, Reason.NOT_SCRAPED, message)


def _result(view: View, verdict: Verdict, reason: Reason, message: str, source: str = _SOURCE) -> Result:
    component = view.subject.stores[Role.MONITORING].component
    return Result(Role.MONITORING, Check.CONFIGURATION, component, verdict, reason, message, source)
