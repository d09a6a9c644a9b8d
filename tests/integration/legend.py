"""The table of docs/server-dependencies.md against real stores: judged as if one of its releases ran."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.snapshot import Snapshot

from .agents import one_cycle, result
from .servers.process import free_port

#: The newest release of the table (Temporal documentation, docs/server-dependencies.md, 2020-11).
RELEASE = "1.3.2"

#: What becomes of a series that the table names, of a newer and of an older one (docs/matrix.md).
NAMED = (Verdict.SUPPORTED, Reason.DOCUMENTED)
NEWER = (Verdict.UNTESTED, Reason.UNTESTED_NEWER)
OLDER = (Verdict.UNSUPPORTED, Reason.BELOW_MINIMUM)


def judged(folder: Path, stores: dict[str, Any], release: str = RELEASE) -> Snapshot:
    """One round of these stores, judged for this release. No server of it runs."""
    described = {"name": "orders-live", "temporal": {"frontend": f"127.0.0.1:{free_port()}"}, **stores}
    with one_cycle(folder, described) as cycle:
        cycle.subject = replace(cycle.subject, assumed=release)
        return cycle.round()


def version_of(snapshot: Snapshot, role: Role = Role.PERSISTENCE) -> tuple[Verdict, Reason]:
    """What became of a store's version."""
    found = result(snapshot, role, Check.VERSION)
    return found.verdict, found.reason
