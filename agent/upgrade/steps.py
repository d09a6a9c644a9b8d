"""The steps that every hop is made of."""

from __future__ import annotations

from agent.matrix import Matrix, Release
from agent.matrix.roles import SEARCH, SQL
from agent.upgrade.plan import Step, StepKind
from agent.upgrade.state import State
from agent.upgrade.tools import Toolbox
from agent.verdict.schema_version import read_schema_version
from agent.versions import Version
from agent.vocabulary import Role

_GUIDE = "Temporal's documentation: self-hosted-guide/upgrade-server"

#: The SQL step 1.1 of the default schema adds columns that may not be null and have no default, which fails
#: on a database in use; the same step was repaired in 1.2.1 (temporalio/temporal@v1.2.1: schema/).
_REPAIRED = {(1, 1): "1.2.3"}


def is_behind(there: str, needed: Version) -> bool:
    """Whether a schema must be brought to what is needed; one that can't be read might have to."""
    version = read_schema_version(there)
    return version is None or version.number < needed.number


def schema_step(
    matrix: Matrix, tools: Toolbox, release: Release, state: State, role: Role, there: str, needed: str
) -> Step:
    """One store's schema, by the tool of the release that needs it."""
    spec = dict(state.stores)[role]
    owner = release
    notes = []
    if role is Role.PERSISTENCE and spec.component in SQL and release.minor in _REPAIRED:
        repaired = matrix.releases.named(_REPAIRED[release.minor])
        assert repaired is not None
        owner = repaired
        notes.append(f"By the tool and folder of {owner.name}, where this step is repaired.")
    tool, command = tools.update(owner, role, spec, there, needed)
    what = "index template" if spec.component in SEARCH else "schema"
    notes.insert(0, f"Bring the {what} of {role} from {there or 'what is there'} to {needed}.")
    return Step(StepKind.SCHEMA, role, needed, tool, command, " ".join(notes), owner.source)


def server_step(release: Release, *, again: bool) -> Step:
    """The binaries, or the same ones with another configuration."""
    note = (
        f"Start every replica of {release.name} again, with the new configuration."
        if again
        else f"Deploy Temporal {release.name}, to every replica."
    )
    return Step(StepKind.SERVER, Role.SERVER, release.name, "", "", note, release.source)


def observe(release: Release) -> Step:
    """The pause in which a release takes its metadata over."""
    note = (
        "Wait about ten minutes, until every history shard was loaded, and see that all replicas run"
        f" {release.name}, that the agent's verdict is as before and that your workflows go on."
    )
    if release.minor == (1, 14):
        note += (
            " 1.14 alone copies the cluster's identity to the new metadata table: it must really have run"
            " against this database."
        )
    return Step(StepKind.OBSERVE, Role.SERVER, release.name, "", "", note, _GUIDE)
