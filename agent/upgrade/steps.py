"""The steps of a hop, with their instructions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agent.components.registry import SEARCH, SQL, original
from agent.matrix import Matrix, Release
from agent.model.versions import Version
from agent.model.vocabulary import Role
from agent.upgrade.index_tools import INDEX_TOOL, takes_new_index
from agent.upgrade.plan import Step, StepKind
from agent.upgrade.schema_step_cost import schema_step_cost
from agent.upgrade.schema_tools import Toolbox, schema_folder
from agent.upgrade.simulated_stores import SimulatedStores
from agent.verdict import StoreSpec
from agent.verdict.store.schema_version import read_schema_version

_REINDEX = "temporalio/temporal@v{}: schema/elasticsearch/visibility/versioned/v1/reindex.sh, reindex.json"
GUIDE = "Temporal's documentation: self-hosted-guide/upgrade-server"


@dataclass(frozen=True)
class FixedStep:
    """A schema step that a minor's own folder gets wrong, and the release whose folder is right."""

    minor: tuple[int, int]
    role: Role
    folders: frozenset[str]
    release: str
    note: str


_FIXED_STEPS = (
    # Adds NOT NULL columns without a default, which fails on a database with rows; 1.2.1 fixed the step
    # (temporalio/temporal@v1.2.1: schema/).
    FixedStep(
        (1, 1),
        Role.PERSISTENCE,
        frozenset({"mysql/v57", "postgresql/v96"}),
        "1.2.3",
        "Use the tool and the schema folder of 1.2.3, which fixes this step.",
    ),
    # CREATE EXTENSION without IF NOT EXISTS, before 1.21.0 (schema/postgresql/v12/visibility/versioned/v1.2).
    FixedStep(
        (1, 20),
        Role.VISIBILITY,
        frozenset({"postgresql/v12"}),
        "1.21.6",
        "Use the tool and the schema folder of 1.21.6: step 1.2 of 1.20 fails where the extension btree_gin"
        " already exists, and this one does not.",
    ),
)

#: Minors that must really run on the database before a newer one, and why (temporalio/temporal:
#: temporal/fx.go@v1.14.6, @v1.15.2).
MUST_RUN: Mapping[tuple[int, ...], str] = {
    (1, 14): "only 1.14 copies the cluster's identity to the new metadata table",
}


def is_behind(current: str, needed: Version) -> bool:
    """Whether a schema must be upgraded; also true if its version cannot be read."""
    version = read_schema_version(current)
    return version is None or version.number < needed.number


def schema_step(
    matrix: Matrix,
    tools: Toolbox,
    release: Release,
    state: SimulatedStores,
    role: Role,
    current: str,
    needed: str,
    client: str,
    wrong: str = "",
) -> Step:
    """Upgrade one store's schema with the tool of the release that needs it.

    `client`: the value of `elasticsearch.version`, if the store is a search store. `wrong`: the recorded
    version, if no release has it.
    """
    spec, owner = dict(state.stores)[role], release
    if spec.component in SEARCH:
        texts = [_index_note(release, state.origin(role), current, needed)]
    else:
        texts = [f"Upgrade the schema of {role} from {current or 'its current version'} to {needed}."]
        if wrong:
            texts.append(
                f"Before that, correct the row of schema_version: no release has version {wrong[:60]}, and"
                " with it the tool skips steps."
            )
    fixed = _fixed_step(release, role, spec)
    if fixed is not None:
        owner = matrix.releases.named(fixed.release) or release
        texts.append(fixed.note)
    tool, command = tools.update(
        owner, state.origin(role), spec, current, needed, client=client, reindexed=state.reindexed
    )
    cost = schema_step_cost(matrix, owner, role, original(spec.component), current, needed)
    note = " ".join(filter(None, (*texts, cost)))
    return Step(StepKind.SCHEMA, role, needed, tool, command, note, owner.source, blocks=bool(cost))


def _fixed_step(release: Release, role: Role, spec: StoreSpec) -> FixedStep | None:
    if spec.component not in SQL:
        return None
    folder = schema_folder(release, spec)
    return next(
        (
            fixed
            for fixed in _FIXED_STEPS
            if (fixed.minor, fixed.role) == (release.minor, role) and folder in fixed.folders
        ),
        None,
    )


def _index_note(release: Release, origin: Role, current: str, needed: str) -> str:
    if takes_new_index(release, current):
        return (
            f"Copy the search records into a new index with template {needed}. Set"
            f" ${origin.upper()}_NEW_INDEX to a name that begins with temporal_visibility_v1. Set"
            " $CUSTOM_SEARCH_ATTRIBUTES to your custom search attributes if they differ from the script's"
            " defaults. The script waits until the index is green. Run it again after the deploy to copy what"
            " was written in the meantime."
        )
    waits = " The script waits until the index is green." if release.minor < INDEX_TOOL else ""
    return f"Upgrade the index and its template from {current or 'the current version'} to {needed}.{waits}"


def new_index(release: Release) -> Step:
    """Switch the server to the index that the search records were copied to."""
    note = (
        "Set elasticsearch.indices.visibility to the new index. Keep the old index as long as you may roll"
        " back: rollback.sh, in the same folder as the script, copies records back to it."
    )
    return Step(
        StepKind.CONFIGURATION, Role.SEARCH, "indices.visibility", "", "", note, _REINDEX.format(release.name)
    )


def server_step(release: Release, *, again: bool) -> Step:
    """Deploy the release, or restart it (`again`) with a new configuration."""
    note = (
        f"Restart every replica of {release.name} with the new configuration."
        if again
        else f"Deploy Temporal {release.name} to every replica."
    )
    return Step(StepKind.SERVER, Role.SERVER, release.name, "", "", note, release.source)


def observe(release: Release) -> Step:
    """The pause in which a release migrates its metadata."""
    note = (
        "Wait about ten minutes for all history shards to load. Confirm that all replicas run"
        f" {release.name}, the agent's verdict has not changed and workflows make progress."
    )
    if why := MUST_RUN.get(release.minor):
        series = ".".join(map(str, release.minor))
        note += f" Make sure that {series} really ran against this database: {why}."
    return Step(StepKind.OBSERVE, Role.SERVER, release.name, "", "", note, GUIDE)


def observe_schema(running: Release) -> Step:
    """The pause between the schema and the deploy, in which the running release uses the newer schema."""
    note = (
        f"Wait and observe before you continue: {running.name} now runs on the newer schema. Confirm that"
        " workflows make progress, that its errors and latencies have not risen, and that the agent shows the"
        " new schema versions."
    )
    return Step(StepKind.OBSERVE, Role.SERVER, running.name, "", "", note, GUIDE)
