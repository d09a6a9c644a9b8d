"""The steps that every hop is made of."""

from __future__ import annotations

from agent.components.registry import SEARCH, SQL, original
from agent.matrix import Matrix, Release
from agent.model.versions import Version
from agent.model.vocabulary import Role
from agent.upgrade.index_tools import INDEX_TOOL, takes_new_index
from agent.upgrade.plan import Step, StepKind
from agent.upgrade.schema_step_cost import weight
from agent.upgrade.schema_tools import Toolbox
from agent.upgrade.simulated_stores import State
from agent.verdict.store.schema_version import read_schema_version

_REINDEX = "temporalio/temporal@v{}: schema/elasticsearch/visibility/versioned/v1/reindex.sh, reindex.json"
_GUIDE = "Temporal's documentation: self-hosted-guide/upgrade-server"

#: The SQL step 1.1 of the default schema adds columns that may not be null and have no default, which fails
#: on a database in use; the same step was repaired in 1.2.1 (temporalio/temporal@v1.2.1: schema/).
_REPAIRED = {(1, 1): "1.2.3"}


def is_behind(there: str, needed: Version) -> bool:
    """Whether a schema must be brought to what is needed; one that can't be read might have to."""
    version = read_schema_version(there)
    return version is None or version.number < needed.number


def schema_step(
    matrix: Matrix,
    tools: Toolbox,
    release: Release,
    state: State,
    role: Role,
    there: str,
    needed: str,
    client: str,
) -> Step:
    """One store's schema, by the tool of the release that needs it.

    `client`: the value of `elasticsearch.version`, where the store is a search store.
    """
    spec, owner = dict(state.stores)[role], release
    if spec.component in SEARCH:
        said = [_index_note(release, state.origin(role), there, needed)]
    else:
        said = [f"Bring the schema of {role} from {there or 'what is there'} to {needed}."]
    if role is Role.PERSISTENCE and spec.component in SQL and release.minor in _REPAIRED:
        repaired = matrix.releases.named(_REPAIRED[release.minor])
        assert repaired is not None
        owner = repaired
        said.append(f"By the tool and folder of {owner.name}, where this step is repaired.")
    tool, command = tools.update(
        owner, state.origin(role), spec, there, needed, client=client, reindexed=state.reindexed
    )
    said.append(weight(matrix, owner, role, original(spec.component), there, needed))
    return Step(StepKind.SCHEMA, role, needed, tool, command, " ".join(filter(None, said)), owner.source)


def _index_note(release: Release, origin: Role, there: str, needed: str) -> str:
    if takes_new_index(release, there):
        return (
            f"Copy the search records into a new index of template {needed}: put a name that begins with"
            f" temporal_visibility_v1 into ${origin.upper()}_NEW_INDEX, and your custom search attributes"
            " into $CUSTOM_SEARCH_ATTRIBUTES where the script's own are not yours. Run it once more after the"
            " deploy: it brings over what was written meanwhile. It waits until the index is green."
        )
    waits = " The script waits until the index is green." if release.minor < INDEX_TOOL else ""
    return f"Bring the index and its template from {there or 'what is there'} to {needed}.{waits}"


def new_index(release: Release) -> Step:
    """The server goes on in the index that the search records were copied to."""
    note = (
        "Set elasticsearch.indices.visibility to the new index. Keep the old one as long as you may go back:"
        " rollback.sh beside the script copies records back to it."
    )
    return Step(
        StepKind.CONFIGURATION, Role.SEARCH, "indices.visibility", "", "", note, _REINDEX.format(release.name)
    )


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
