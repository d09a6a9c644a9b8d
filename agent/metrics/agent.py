"""Metrics of the agent itself."""

from __future__ import annotations

from collections.abc import Iterator

from agent.metrics.family import Sample, counter, gauge, midnight
from agent.model.agent_status import AgentState


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


FAMILIES = (
    gauge("build_info", "version python_version", "The agent that runs. Always 1.", _build),
    gauge("matrix_info", "digest newest_release", "The compatibility matrix in use. Always 1.", _matrix),
    gauge(
        "matrix_newest_release_timestamp_seconds",
        "",
        "When the newest dated Temporal release in the matrix was published.",
        _newest_release,
    ),
    gauge(
        "matrix_updated_timestamp_seconds",
        "",
        "When the matrix in use was published.",
        _matrix_updated,
    ),
    gauge("clusters", "", "Configured clusters.", _clusters),
    counter("rounds", "", "Rounds of probes that ended, over all clusters.", _rounds),
    counter(
        "rounds_skipped",
        "",
        "Rounds that did not begin because the one before had not ended.",
        _skipped_rounds,
    ),
    gauge(
        "last_round_timestamp_seconds",
        "",
        "When a round of any cluster last ended.",
        _last_round,
    ),
    gauge(
        "config_last_reload_successful",
        "",
        "Whether the configuration last read is the one in use.",
        _reload_successful,
    ),
    gauge(
        "config_last_reload_success_timestamp_seconds",
        "",
        "When the configuration in use was read.",
        _reload_success,
    ),
)
