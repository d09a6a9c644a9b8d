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


@dataclass(frozen=True)
class AgentState:
    """The agent at one moment. Times are Unix seconds; None: not yet.

    `critical_advisories`: those of the matrix, for the text of an alert. `config_file`: as given to the
    agent; empty where it has none. `environments`: in the order of the configuration.
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
    matrix_problems: tuple[str, ...] = ()
    log_lines_dropped: int = 0
    web_config_ok: bool = True
    critical_advisories: tuple[AdvisoryText, ...] = ()
    config_file: str = ""
    environments: tuple[str, ...] = ()
