"""One trial by this project: a run of a release on real stores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from agent.components.registry import title_of
from agent.matrix.release import Release
from agent.model.roles import role_title
from agent.model.versions import Version, parse, parse_temporal
from agent.model.vocabulary import Role

#: Characters of a log's digest in the name of a source.
_DIGEST_SHOWN = 12


@dataclass(frozen=True)
class TriedStore:
    """A store of a trial, with its exact version. `plugin`: empty for stores that have none."""

    component: str
    version: Version
    plugin: str = ""
    flavor: str = ""

    @property
    def title(self) -> str:
        """Its product, version and plugin, for a message."""
        plugin = f" with {self.plugin}" if self.plugin else ""
        return f"{title_of(self.component, self.flavor)} {self.version.raw}{plugin}"


@dataclass(frozen=True)
class TrialFailure:
    """The step that failed, the role that the failure is about, and the last line of the error."""

    step: str
    role: Role
    error: str


@dataclass(frozen=True)
class Trial:
    """One run of a release on a pair of stores. `sdk`: the version of the Python SDK.

    `log`: the SHA-256 of the server's log. `seconds`: of the whole run. `failure`: None if everything worked.
    """

    on: date
    release: Version
    persistence: TriedStore
    visibility: TriedStore
    sdk: str
    workflows: int
    queries: int
    slow_errors: int
    seconds: int
    log: str
    failure: TrialFailure | None

    @property
    def source(self) -> str:
        """Where the answer is from, as the matrix names sources."""
        return f"trial by this project on {self.on}, log {self.log[:_DIGEST_SHOWN]}"

    def store(self, role: Role) -> TriedStore | None:
        """The store that this trial says something about in this role: not the other one of a failed run."""
        if self.failure is not None and self.failure.role is not role:
            return None
        return {Role.PERSISTENCE: self.persistence, Role.VISIBILITY: self.visibility}.get(role)

    def covers(self, release: Release) -> bool:
        """Whether it is about this release: the tried one, or a later patch of its minor."""
        tried, other = self.release.release, release.version.release
        return tried[:2] == other[:2] and tried <= other

    def message(self, role: Role, store: TriedStore) -> str:
        """What happened on the store in this role, as a sentence."""
        tried = f"Temporal {self.release.raw} on {store.title} for {role_title(role)} on {self.on}"
        if self.failure is None:
            return f"This project tried {tried}: {self.workflows} workflows and {self.queries} queries worked"
        step, error = self.failure.step, self.failure.error
        return f"This project tried {tried}, and it failed at the step {step!r}: {error}"


def read_trial(entry: Mapping[str, Any]) -> Trial:
    """One run of `data/evidence.json`."""
    failed = entry["result"] == "failed"
    return Trial(
        on=date.fromisoformat(entry["date"]),
        release=parse_temporal(entry["temporal"]),
        persistence=_store(entry["persistence"]),
        visibility=_store(entry["visibility"]),
        sdk=entry["sdk"],
        workflows=entry["workflows"],
        queries=entry["queries"],
        slow_errors=entry["slow_errors"],
        seconds=entry["seconds"],
        log=entry["log"],
        failure=TrialFailure(entry["step"], Role(entry["role"]), entry["error"]) if failed else None,
    )


def _store(entry: Mapping[str, Any]) -> TriedStore:
    return TriedStore(
        entry["component"], parse(entry["version"]), entry.get("plugin", ""), entry.get("flavor", "")
    )
