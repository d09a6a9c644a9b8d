"""Whether the agents work: their probes, and the agents themselves."""

from collections.abc import Sequence

from grafana_foundation_sdk.models import units

from dashboards.panels import NEVER, VALUE, YES_NO, Column, Panel, lines, rows
from dashboards.queries import PROBE, SCRAPED, about_agent, about_cluster, chosen, merged
from dashboards.sections import CLUSTER, COMPONENT, REASON, ROLE

INSTANCE = Column("instance", "Instance", min_width=150)


def failing_probes() -> Sequence[Panel]:
    """Targets that cannot be read."""
    failing = merged("max", f"instance, {PROBE}, reason", "probe_failure_info")
    last_success = merged("max", f"instance, {PROBE}", "probe_last_success_timestamp_seconds")
    since = f"1000 * {failing} * on (instance, {PROBE}) group_left () {last_success} or {failing} * 0"
    return (
        rows(
            "Failing probes",
            "Probes whose last attempt failed, by replica of the agent.",
            {
                chosen(since): [
                    CLUSTER,
                    ROLE,
                    COMPONENT,
                    Column("probe", "Probe"),
                    Column("name", "Name"),
                    REASON,
                    Column(VALUE, "Last success", unit=units.DateTimeFromNow, words=(NEVER,)),
                    Column("instance", "Reported by", min_width=150),
                ]
            },
            empty="No probe fails",
        )
        .span(24)
        .height(9),
    )


def probing() -> Sequence[Panel]:
    """Failures and durations of probes."""

    def rate(metric: str) -> str:
        each = f"rate({about_cluster(metric)}[$__rate_interval])"
        return f"sum by (role, component, probe) ({chosen(each)})"

    failed_share = f"{rate('probe_failures_total')} / {rate('probes_total')}"
    slowest = f"max by (role, component, probe) ({chosen(merged('max', PROBE, 'probe_duration_seconds'))})"
    return (
        lines(
            "Failed probes",
            "Share of probes that failed, over all selected clusters.",
            units.PercentUnit,
            {"{{role}} {{component}} {{probe}}": failed_share},
        )
        .min(0)
        .span(12)
        .height(8),
        lines(
            "Slowest probes",
            "The longest last probe among the selected clusters.",
            units.Seconds,
            {"{{role}} {{component}} {{probe}}": slowest},
        )
        .min(0)
        .span(12)
        .height(8),
    )


def agents() -> Sequence[Panel]:
    """The replicas of the agent: whether they run and poll, and with which matrix."""

    def each(metric: str) -> str:
        return f"max by (instance) ({about_agent(metric)})"

    def rate(metric: str) -> str:
        return f"sum by (instance) (rate({about_agent(metric)}[$__rate_interval]))"

    known = f"last_over_time({about_agent('build_info')}[1d])"
    build = f"max by (job, instance, version, python_version) ({about_agent('build_info')})"
    matrix = f"max by (job, instance, newest_release, digest) ({about_agent('matrix_info')})"
    of_agents = f"and on (job, instance) {known}"
    return (
        rows(
            "Agents",
            "Every replica of the agent that answered within the last day, the age of its configuration and "
            "of its matrix, and the newest Temporal release in the matrix.",
            {
                f"max by (instance) (up{{{SCRAPED}}} {of_agents})": [
                    INSTANCE,
                    Column(VALUE, "Answers", words=(YES_NO,)),
                ],
                f"time() - {each('last_round_timestamp_seconds')}": [
                    Column(VALUE, "Last round, ago", unit=units.Seconds)
                ],
                each("clusters"): [Column(VALUE, "Clusters", unit=units.Short)],
                f"max by (instance) (increase({about_agent('rounds_skipped_total')}[1h]))": [
                    Column(VALUE, "Skipped in 1 h", unit=units.Short)
                ],
                each("config_last_reload_successful"): [Column(VALUE, "Reload succeeded", words=(YES_NO,))],
                f"1000 * {each('config_last_reload_success_timestamp_seconds')}": [
                    Column(VALUE, "Configuration", unit=units.DateTimeFromNow)
                ],
                f"1000 * {each('matrix_updated_timestamp_seconds')}": [
                    Column(VALUE, "Matrix", unit=units.DateTimeFromNow)
                ],
                f"1000 * {each('matrix_newest_release_timestamp_seconds')}": [
                    Column(VALUE, "Newest release", unit=units.DateTimeFromNow)
                ],
            },
            join="instance",
        )
        .span(24)
        .height(6),
        rows(
            "Builds",
            "The build and the compatibility matrix of each replica of the agent.",
            {
                f"{build} * on (job, instance) group_left (newest_release, digest) {matrix}": [
                    INSTANCE,
                    Column("version", "Agent"),
                    Column("python_version", "Python"),
                    Column("newest_release", "Newest Temporal release"),
                    Column("digest", "Digest of the matrix"),
                ],
            },
        )
        .span(24)
        .height(6),
        lines(
            "Rounds",
            "Polling rounds that each replica finished, or skipped because the previous one still ran.",
            units.OpsPerSecond,
            {
                "{{instance}} finished": rate("rounds_total"),
                "{{instance}} skipped": rate("rounds_skipped_total"),
            },
        )
        .min(0)
        .span(12)
        .height(8),
        lines(
            "Scrapes",
            "How long Prometheus takes to scrape each replica.",
            units.Seconds,
            {"{{instance}}": f"max by (instance) (scrape_duration_seconds{{{SCRAPED}}} {of_agents})"},
        )
        .min(0)
        .span(12)
        .height(8),
    )
