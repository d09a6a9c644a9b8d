"""The state of the agent itself, for pages and metrics: plain frozen data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class AdvisoryText:
    """What a published warning says: when it applies, the remedy, and the fixed releases."""

    id: str
    condition: str
    remedy: str
    fixed_in: str


#: Upper bounds of the buckets of round durations, in seconds. One more bucket has no bound.
ROUND_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


@dataclass(frozen=True)
class RoundDurations:
    """How long rounds took. `counts`: one for each of `ROUND_BUCKETS` and one above; `total`: in seconds."""

    counts: tuple[int, ...] = (0,) * (len(ROUND_BUCKETS) + 1)
    total: float = 0.0

    def with_round(self, seconds: float) -> RoundDurations:
        """These durations and one more."""
        place = sum(bound < seconds for bound in ROUND_BUCKETS)
        counts = (*self.counts[:place], self.counts[place] + 1, *self.counts[place + 1 :])
        return RoundDurations(counts, self.total + seconds)


@dataclass(frozen=True)
class AgentState:
    """The agent at one moment. Times are Unix seconds; None: not yet.

    `critical_advisories`: those of the matrix, for the text of an alert. `config_file`: as given to the
    agent; empty where it has none. `environments`: in the order of the configuration. `scheme`: how the agent
    is scraped, http or https.
    """

    version: str
    python_version: str
    matrix_digest: str
    newest_release: str
    newest_release_published: date
    matrix_published: date
    clusters: int
    rounds: int
    rounds_skipped: int
    last_round: float | None
    config_ok: bool
    config_loaded: float
    config_problems: tuple[str, ...] = ()
    cluster_files_rejected: int = 0
    matrix_problems: tuple[str, ...] = ()
    log_lines_dropped: int = 0
    web_config_ok: bool = True
    external_url: str = ""
    scheme: str = "http"
    critical_advisories: tuple[AdvisoryText, ...] = ()
    round_durations: RoundDurations = RoundDurations()
    config_file: str = ""
    environments: tuple[str, ...] = ()
