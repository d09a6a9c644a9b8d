"""The schema tools' commands, release by release.

Flags and folders are those of temporalio/temporal: tools/sql/main.go, tools/cassandra/main.go, schema/ at
every release's tag. A tool and the folder that it applies are always of the same release: folders of the same
version differ between releases, and newer folders have statements that older tools refuse (1.30 and later).
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from agent.components.record import SchemaTool
from agent.components.registry import SEARCH, SQL, original, record
from agent.matrix import Release
from agent.matrix.schema import plugins_for
from agent.model.vocabulary import Role
from agent.upgrade.index_tools import index_commands
from agent.upgrade.tool_arguments import Access, login_flags, or_variable, tls_flags, tool_words, variable
from agent.verdict import StoreSpec

#: First minor whose tools contain the schema, selected with --schema-name.
_BY_NAME = (1, 23)

#: Up to 1.13 a tool fails if --version is the current version; without --version it does nothing
#: (tools/common/schema/updatetask.go@v1.13.4, @v1.14.0). The newest step of each release's folder is
#: the version that the release needs: compared at every tag from 1.0.0 to 1.31.2.
_TAKES_EQUAL = (1, 14)

#: The names of the two stores in the schema folders.
_NAMES = {
    Role.PERSISTENCE: "temporal",
    Role.VISIBILITY: "visibility",
    Role.SECONDARY_VISIBILITY: "visibility",
}


@dataclass(frozen=True)
class Toolbox:
    """The commands for one cluster's stores; an unknown value becomes a shell variable.

    `frontend`: its address, host:port; empty where it is not configured.
    """

    access: Mapping[Role, Access] = field(default_factory=dict)
    frontend: str = ""

    def update(
        self,
        release: Release,
        role: Role,
        spec: StoreSpec,
        current: str,
        version: str,
        *,
        client: str = "",
        reindexed: bool = False,
    ) -> tuple[str, str]:
        """The tool with its release, and the commands that upgrade a store's schema to a version.

        `role`: the one under which the store is configured. `client`, `reindexed`: for a search store, see
        index_commands.
        """
        access = self.access.get(role, Access())
        if spec.component in SEARCH:
            return index_commands(release, role, access, current, version, client=client, reindexed=reindexed)
        tool = _tool(spec).name
        words = [
            *tool_words(tool, role, access),
            *_connection(release, role, spec, access),
            "update-schema",
            *_folder(release, role, spec),
        ]
        if release.minor >= _TAKES_EQUAL and release.was_read:
            words += ["--version", version]
        return f"{tool} {release.name}", " ".join(words)


def _connection(release: Release, role: Role, spec: StoreSpec, access: Access) -> Iterator[str]:
    yield from ("--endpoint", or_variable(access.host, role, "HOST"))
    yield from ("--port", str(access.port) if access.port else variable(role, "PORT"))
    yield from login_flags(role, access)
    if spec.component in SQL:
        yield from ("--plugin", _plugin(release, spec))
        if access.attributes:
            # A query of a URL: every release parses it so (tools/sql/handler.go@v1.3.0, @v1.31.2).
            yield from ("--connect-attributes", shlex.quote(access.attributes))
    place = _tool(spec).place
    yield from (f"--{place}", or_variable(access.name, role, place.upper()))
    yield from tls_flags(release, role, access)


def schema_folder(release: Release, spec: StoreSpec) -> str:
    """The folder below `schema` with a store's schemas: `postgresql/v12`, `cassandra`."""
    if spec.component in SQL:
        return release.known_plugins.named(_plugin(release, spec)).folder
    return spec.component


def _folder(release: Release, role: Role, spec: StoreSpec) -> tuple[str, str]:
    folder = schema_folder(release, spec)
    # Only the 1.0 series has the folder under this name (temporalio/temporal@v1.0.1: schema/).
    if folder == "postgresql/v96" and release.minor < (1, 1):
        folder = "postgres"
    name = f"{folder}/{_NAMES[role]}"
    if release.minor >= _BY_NAME:
        return "--schema-name", name
    return "--schema-dir", f"./schema/{name}/versioned"


def _plugin(release: Release, spec: StoreSpec) -> str:
    plugins = plugins_for(release, original(spec.component), "")
    return spec.plugin or next(iter(plugins), _tool(spec).default_plugin)


def _tool(spec: StoreSpec) -> SchemaTool:
    tool = record(spec.component).schema_tool
    assert tool is not None
    return tool
