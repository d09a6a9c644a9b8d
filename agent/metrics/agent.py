"""Metrics of the agent itself."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

from prometheus_client.core import HistogramMetricFamily, Metric

from agent.metrics.family import PREFIX, Sample, counter, gauge, midnight
from agent.model.agent_status import ROUND_BUCKETS, AgentState

#: Prometheus-compatible stores such as Mimir reject label values longer than 2048 bytes by default.
_LONGEST_TEXT = 1024

ROUND_DURATION = f"{PREFIX}round_duration_seconds"
ROUND_DURATION_HELP = "Duration of polling rounds, over all clusters."


def _build(state: AgentState) -> Iterator[Sample]:
    yield (state.version, state.python_version), 1


def _matrix(state: AgentState) -> Iterator[Sample]:
    yield (state.matrix_digest, state.newest_release), 1


def _newest_release(state: AgentState) -> Iterator[Sample]:
    yield (), midnight(state.newest_release_published)


def _matrix_updated(state: AgentState) -> Iterator[Sample]:
    yield (), midnight(state.matrix_published)


def _clusters(state: AgentState) -> Iterator[Sample]:
    yield (), state.clusters


def _rounds(state: AgentState) -> Iterator[Sample]:
    yield (), state.rounds


def _skipped_rounds(state: AgentState) -> Iterator[Sample]:
    yield (), state.rounds_skipped


def _last_round(state: AgentState) -> Iterator[Sample]:
    if state.last_round is not None:
        yield (), state.last_round


def _reload_successful(state: AgentState) -> Iterator[Sample]:
    yield (), float(state.config_ok)


def _reload_success(state: AgentState) -> Iterator[Sample]:
    yield (), state.config_loaded


def _files_rejected(state: AgentState) -> Iterator[Sample]:
    yield (), state.cluster_files_rejected


def _log_lines_dropped(state: AgentState) -> Iterator[Sample]:
    yield (), state.log_lines_dropped


def _web_reload_successful(state: AgentState) -> Iterator[Sample]:
    yield (), float(state.web_config_ok)


def _web(state: AgentState) -> Iterator[Sample]:
    yield (state.external_url, state.scheme), 1


def _advisory_texts(state: AgentState) -> Iterator[Sample]:
    for text in state.critical_advisories:
        yield (text.id, text.condition, text.remedy, text.fixed_in), 1


def round_durations(state: AgentState) -> Metric:
    """The histogram of round durations. It is the only histogram, so `Family` has no such type."""
    metric = HistogramMetricFamily(ROUND_DURATION, ROUND_DURATION_HELP)
    ends = [*map(str, ROUND_BUCKETS), "+Inf"]
    durations = state.round_durations
    buckets = list(zip(ends, accumulate(durations.counts), strict=True))
    metric.add_metric([], buckets, durations.total)
    return metric


FAMILIES = (
    gauge("build_info", "version python_version", "Version of the running agent. Always 1.", _build),
    gauge("matrix_info", "digest newest_release", "The compatibility matrix in use. Always 1.", _matrix),
    gauge(
        "matrix_newest_release_timestamp_seconds",
        "",
        "Publication date of the newest dated Temporal release in the matrix.",
        _newest_release,
    ),
    gauge(
        "matrix_updated_timestamp_seconds",
        "",
        "Publication date of the matrix in use.",
        _matrix_updated,
    ),
    gauge("clusters", "", "Number of configured clusters.", _clusters),
    counter("rounds", "", "Finished polling rounds, over all clusters.", _rounds),
    counter(
        "rounds_skipped",
        "",
        "Polling rounds skipped because the previous one was still running.",
        _skipped_rounds,
    ),
    gauge(
        "last_round_timestamp_seconds",
        "",
        "When the last polling round of any cluster finished.",
        _last_round,
    ),
    gauge(
        "config_last_reload_successful",
        "",
        "Whether the last reload of the configuration, cluster files included, found no error: 1 or 0.",
        _reload_successful,
    ),
    gauge(
        "config_last_reload_success_timestamp_seconds",
        "",
        "When the configuration in use was loaded.",
        _reload_success,
    ),
    gauge(
        "cluster_files_rejected",
        "",
        "Files of cluster_files that have errors. With watch: true their last valid version stays in use.",
        _files_rejected,
    ),
    gauge(
        "web_config_last_reload_successful",
        "",
        "Whether the last reload of the web configuration file succeeded, or there is none: 1 or 0.",
        _web_reload_successful,
    ),
    gauge(
        "web_info",
        "external_url scheme",
        "The address of --web.external-url, or empty, and http or https, as scraped. Always 1.",
        _web,
    ),
    counter(
        "log_lines_dropped",
        "",
        "Log lines that were dropped because nobody read the log fast enough.",
        _log_lines_dropped,
    ),
    gauge(
        "advisory_text_info",
        "advisory condition remedy fixed_in",
        "The text of a critical published warning in the matrix, for alerts. Always 1.",
        _advisory_texts,
        longest_label=_LONGEST_TEXT,
    ),
)
