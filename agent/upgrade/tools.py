"""The schema tools' commands, release by release.

Flags and folders are those of temporalio/temporal: tools/sql/main.go, tools/cassandra/main.go,
tools/elasticsearch/main.go, schema/ at every release's tag. A tool is always that of the release whose folder
it applies: folders of the same number differ between releases, and newer folders hold statements that older
tools refuse (from 1.30 on).
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from agent.matrix import Release
from agent.matrix.roles import SEARCH, SQL
from agent.matrix.schema import PLUGINS, plugins_for
from agent.verdict import StoreSpec
from agent.vocabulary import Role

#: From here on the tools carry the schema themselves, by --schema-name.
_BY_NAME = (1, 23)
#: From here on host names are verified unless that is switched off, and a name can be given.
_VERIFIES = (1, 9)
#: From here on there is a tool for Elasticsearch, and before it scripts that take a template further.
_INDEX_TOOL, _INDEX_SCRIPTS = (1, 30), (1, 17)

#: What the schema folders call the two stores.
_NAMES = {
    Role.PERSISTENCE: "temporal",
    Role.VISIBILITY: "visibility",
    Role.SECONDARY_VISIBILITY: "visibility",
}


@dataclass(frozen=True)
class Access:
    """How a store is reached, as the configuration has it. Secrets are none of it.

    `user` is the agent's, who may only read: commands take it where $ROLE_USER names no other.
    """

    host: str = ""
    port: int = 0
    name: str = ""
    user: str = ""
    url: str = ""
    tls: bool = False
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    server_name: str = ""


@dataclass(frozen=True)
class Toolbox:
    """The commands for one cluster's stores; what is not told of them stands as a variable."""

    access: Mapping[Role, Access] = field(default_factory=dict)

    def update(
        self, release: Release, role: Role, spec: StoreSpec, there: str, version: str
    ) -> tuple[str, str]:
        """The tool, with its release, and the command that brings a store's schema to a version."""
        access = self.access.get(role, Access())
        if spec.component in SEARCH:
            return self._index(release, role, access, there, version)
        tool = "temporal-sql-tool" if spec.component in SQL else "temporal-cassandra-tool"
        words = [tool, *_connection(release, role, spec, access), "update-schema"]
        words += [*_folder(release, role, spec), "--version", version]
        return f"{tool} {release.name}", " ".join(words)

    def _index(
        self, release: Release, role: Role, access: Access, there: str, version: str
    ) -> tuple[str, str]:
        url, index = _or_variable(access.url, role, "URL"), _or_variable(access.name, role, "INDEX")
        user, password = _user(role, access), _variable(role, "PASSWORD")
        if release.minor >= _INDEX_TOOL:
            tool = "temporal-elasticsearch-tool"
            login = f"--user {user} --password {password} " if access.user or not access.url else ""
            return f"{tool} {release.name}", f"{tool} --endpoint {url} {login}update-schema --index {index}"
        scheme, _, rest = access.url.partition("://")
        host, _, port = rest.rstrip("/").partition(":")
        server = _or_variable(host, role, "HOST")
        environment = (
            f"ES_SCHEME={scheme or 'http'} ES_SERVER={server} ES_PORT={port or 9200}"
            f" ES_USER={user} ES_PWD={password} ES_VERSION=v7 AUTO_CONFIRM=y"
        )
        folder = "./schema/elasticsearch/visibility/versioned"
        if release.minor < _INDEX_SCRIPTS:
            command = (
                f"{environment} ES_VIS_INDEX_V0={index} ES_VIS_INDEX_V1={_variable(role, 'NEW_INDEX')}"
                f" {folder}/v1/reindex.sh"
            )
            return f"reindex.sh {release.name}", command
        first = int(there or 1) + 1
        commands = [
            f"{environment} ES_VIS_INDEX_V1={index} {folder}/v{number}/upgrade.sh"
            for number in range(max(first, 2), int(version) + 1)
        ]
        return f"upgrade.sh {release.name}", "\n".join(commands)


def _connection(release: Release, role: Role, spec: StoreSpec, access: Access) -> Iterator[str]:
    yield from ("--endpoint", _or_variable(access.host, role, "HOST"))
    yield from ("--port", str(access.port) if access.port else _variable(role, "PORT"))
    if access.user or not access.host:
        yield from ("--user", _user(role, access), "--password", _variable(role, "PASSWORD"))
    if spec.component in SQL:
        plugin = spec.plugin or next(iter(plugins_for(release, spec.component, "")), "")
        yield from ("--plugin", plugin, "--database", _or_variable(access.name, role, "DATABASE"))
    else:
        yield from ("--keyspace", _or_variable(access.name, role, "KEYSPACE"))
    if access.tls:
        yield from _tls(release, access)


def _tls(release: Release, access: Access) -> Iterator[str]:
    yield "--tls"
    for flag, value in (
        ("--tls-ca-file", access.ca_file),
        ("--tls-cert-file", access.cert_file),
        ("--tls-key-file", access.key_file),
    ):
        if value:
            yield from (flag, shlex.quote(value))
    if release.minor < _VERIFIES:
        yield "--tls-enable-host-verification"
    elif access.server_name:
        yield from ("--tls-server-name", shlex.quote(access.server_name))


def _folder(release: Release, role: Role, spec: StoreSpec) -> tuple[str, str]:
    folder = spec.component
    if spec.component in SQL:
        plugin = spec.plugin or next(iter(plugins_for(release, spec.component, "")), "")
        folder = PLUGINS[plugin][1]
    # Only the 1.0 series has the folder under this name (temporalio/temporal@v1.0.1: schema/).
    if folder == "postgresql/v96" and release.minor < (1, 1):
        folder = "postgres"
    name = f"{folder}/{_NAMES[role]}"
    if release.minor >= _BY_NAME:
        return "--schema-name", name
    return "--schema-dir", f"./schema/{name}/versioned"


def _user(role: Role, access: Access) -> str:
    return f'"${{{role.upper()}_USER:-{access.user}}}"' if access.user else _variable(role, "USER")


def _or_variable(value: str, role: Role, what: str) -> str:
    return shlex.quote(value) if value else _variable(role, what)


def _variable(role: Role, what: str) -> str:
    return f'"${role.upper()}_{what}"'
