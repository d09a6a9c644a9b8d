"""PromQL that is correct for several replicas of the agent and for mixed clusters.

A bad verdict counts if any replica reports it; `unknown` counts only if all replicas report it.
"""

from agent.model.vocabulary import SEVERITY, Role, Verdict

SCRAPED = 'job=~"$job", instance=~"$instance"'

#: What identifies one probe of one cluster.
PROBE = "temporal_cluster, role, component, probe, name"


def about_agent(metric: str, matchers: str = "") -> str:
    """The series of a metric about the agent itself, one for each replica."""
    return f"temporal_compat_{metric}{{{', '.join(filter(None, (SCRAPED, matchers)))}}}"


def about_cluster(metric: str, matchers: str = "") -> str:
    """The series of a metric about clusters, of every replica."""
    selected = ", ".join(filter(None, (SCRAPED, 'temporal_cluster=~"$cluster"', matchers)))
    return f"temporal_compat_{metric}{{{selected}}}"


def chosen(expr: str) -> str:
    """The expression, limited to the products and environments that the reader has selected."""
    info = about_cluster("cluster_info", 'product=~"$product", temporal_environment=~"$environment"')
    return f"({expr}) and on (temporal_cluster) {info}"


def merged(function: str, labels: str, metric: str, matchers: str = "") -> str:
    """One series for each of these labels, whatever the number of replicas."""
    return f"{function} by ({labels}) ({about_cluster(metric, matchers)})"


def code(verdict: Verdict) -> int:
    """A verdict as a number for panels that colour by value; a worse verdict has a higher number."""
    return SEVERITY.index(verdict)


def worst(labels: str, metric: str, matchers: str = "") -> str:
    """The code of the current verdict for each of these labels, over all replicas."""

    def seen(verdict: Verdict) -> str:
        series = merged("max", labels, metric, ", ".join(filter(None, (matchers, f'verdict="{verdict}"'))))
        return f"({series} == 1) * {code(verdict)}"

    # `or` keeps the first series that exists, so `unknown` counts only if no replica knows more.
    known = [verdict for verdict in reversed(SEVERITY) if verdict is not Verdict.UNKNOWN]
    return " or ".join(map(seen, (*known, Verdict.UNKNOWN)))


def findings(labels: str) -> str:
    """Every finding with these labels, as the code of its verdict; several if replicas disagree."""

    def given(verdict: Verdict) -> str:
        series = merged("max", f"{labels}, verdict", "finding_info", f'verdict="{verdict}"')
        return f"{series} * {code(verdict)}"

    return chosen(" or ".join(given(verdict) for verdict in reversed(SEVERITY)))


def cluster_verdict() -> str:
    """The code of every cluster's verdict."""
    return chosen(worst("temporal_cluster", "cluster_verdict"))


def role_verdict(role: Role) -> str:
    """The code of every cluster's worst check of one role."""
    checks = worst("temporal_cluster, role, check, component", "verdict", f'role="{role}"')
    return chosen(f"max by (temporal_cluster) ({checks})")


def day(expr: str) -> str:
    """The date of these timestamps in milliseconds. At noon UTC, so that it is the same day in almost every
    time zone; `expr` gives midnight."""
    return f"1000 * ({expr} + 43200)"


def how_many(expr: str, comparison: str, value: int) -> str:
    """How many of these series fulfil the comparison: 0 if none does, no value if there are no series."""
    return f"sum(({expr}) {comparison} bool {value})"


def how_many_of_each() -> str:
    """The number of clusters for each verdict in one query, with the verdict as a label; no series for 0."""
    counted = f'count_values("verdict", {cluster_verdict()})'
    for verdict in SEVERITY:
        counted = f'label_replace({counted}, "verdict", "{verdict}", "verdict", "{code(verdict)}")'
    return counted
