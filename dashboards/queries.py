"""PromQL that is right for several replicas of the agent and for mixed clusters.

A bad verdict counts when any replica sees it, an unknown one only when no replica knows better.
"""

from agent.model.vocabulary import SEVERITY, Role, Verdict

SCRAPED = 'job=~"$job", instance=~"$instance"'

#: What identifies one probe of one cluster.
PROBE = "temporal_cluster, role, component, endpoint, name"


def about_agent(metric: str) -> str:
    """The series of a metric about the agent itself, one for each replica."""
    return f"temporal_compat_{metric}{{{SCRAPED}}}"


def about_cluster(metric: str, matchers: str = "") -> str:
    """The series of a metric about clusters, of every replica."""
    selected = ", ".join(filter(None, (SCRAPED, 'temporal_cluster=~"$cluster"', matchers)))
    return f"temporal_compat_{metric}{{{selected}}}"


def chosen(expr: str) -> str:
    """What of it belongs to the products and environments that the reader has chosen."""
    info = about_cluster("cluster_info", 'product=~"$product", temporal_environment=~"$environment"')
    return f"({expr}) and on (temporal_cluster) {info}"


def merged(function: str, labels: str, metric: str, matchers: str = "") -> str:
    """One series for each of these labels, whatever the number of replicas."""
    return f"{function} by ({labels}) ({about_cluster(metric, matchers)})"


def code(verdict: Verdict) -> int:
    """A verdict as a number that grows with its badness, for panels that colour by value."""
    return SEVERITY.index(verdict)


def worst(labels: str, metric: str, matchers: str = "") -> str:
    """The code of the verdict that holds for each of these labels, over all replicas."""

    def seen(verdict: Verdict) -> str:
        function = "min" if verdict is Verdict.UNKNOWN else "max"
        series = merged(function, labels, metric, ", ".join(filter(None, (matchers, f'verdict="{verdict}"'))))
        return f"({series} == 1) * {code(verdict)}"

    # `or` keeps the first that holds.
    return " or ".join(seen(verdict) for verdict in reversed(SEVERITY))


def findings(labels: str) -> str:
    """Every finding with these labels, as the code of its verdict; more than one where replicas differ."""

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


def how_many(expr: str, comparison: str, value: int) -> str:
    """How many of these series compare so: 0 when none does, nothing when nobody looks."""
    return f"sum(({expr}) {comparison} bool {value})"


def how_many_of_each() -> str:
    """How many clusters have which verdict, with its word as a label, by one query; none, no series."""
    counted = f'count_values("verdict", {cluster_verdict()})'
    for verdict in SEVERITY:
        counted = f'label_replace({counted}, "verdict", "{verdict}", "verdict", "{code(verdict)}")'
    return counted
