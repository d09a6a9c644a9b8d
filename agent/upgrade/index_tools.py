"""The commands for a search store's index and its template, release by release.

Up to 1.10 there are no versions; 1.11 moves to a new index; then each version has a script for the mapping of
the index; 1.30 has a tool for mapping and template (temporalio/temporal: schema/elasticsearch/visibility/,
tools/elasticsearch/main.go, Makefile at each tag). The scripts do not change the template, from which the
next index is created, so a separate command updates it (Makefile@v1.11.4, @v1.28.4).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from agent.matrix import Release
from agent.model.vocabulary import Role
from agent.upgrade.tool_arguments import (
    Access,
    login_flags,
    or_variable,
    tls_flags,
    tool_words,
    user,
    variable,
)

#: First minors with a tool, and with scripts that upgrade the index.
INDEX_TOOL, _SCRIPTS = (1, 30), (1, 17)
#: First index version whose script ends when its request is refused; those of 1.17 to 1.20 do not, and newer
#: folders have them unchanged (versioned/v2/upgrade.sh@v1.20.4, versioned/v4 and v5@v1.21.6).
_SCRIPTS_FAIL = 5
#: Scripts are run by bash: 1.26.3 has one that is not executable.
_FOLDER = "./schema/elasticsearch/visibility"
_TEMPLATE = "temporal_visibility_v1_template"
_JSON = "--header 'Content-Type: application/json' --data-binary"

#: Where curl finds its settings (curl(1), "Environment").
_CURL_HOME = "./curl-insecure"

_URL = re.compile(r"(https?)://(\[[^]]*\]|[^/:]*)(?::([0-9]+))?(/.*)?")


def takes_new_index(release: Release, current: str) -> bool:
    """Whether this release's step needs a new index because the current one has no version."""
    return release.minor < _SCRIPTS and current in ("", "0")


def index_commands(
    release: Release, role: Role, access: Access, current: str, version: str, *, client: str, reindexed: bool
) -> tuple[str, str]:
    """The tool with its release, and the commands, one per line.

    `client`: the value of the server's `elasticsearch.version`. `reindexed`: the records are in
    another index than the configured one.
    """
    index = variable(role, "NEW_INDEX") if reindexed else or_variable(access.name, role, "INDEX")
    if release.minor >= INDEX_TOOL:
        tool = "temporal-elasticsearch-tool"
        words = [*tool_words(tool, role, access), "--endpoint", or_variable(access.url, role, "URL")]
        words += [*login_flags(role, access), *tls_flags(release, role, access)]
        words += ["update-schema", "--index", index]
        return f"{tool} {release.name}", " ".join(words)
    environment = " ".join(_environment(role, access, client))
    if takes_new_index(release, current):
        new = variable(role, "NEW_INDEX")
        lines = [
            *_curl_settings(access),
            _put_template(role, access, version, client),
            f"{_curl(role, access)} --head {_url(role, access)}/{new}"
            f" || {_curl(role, access)} --request PUT {_url(role, access)}/{new}",
            f"{environment} ES_VIS_INDEX_V0={or_variable(access.name, role, 'INDEX')} ES_VIS_INDEX_V1={new}"
            f" bash {_FOLDER}/versioned/v1/reindex.sh",
        ]
        return f"reindex.sh {release.name}", "\n".join(lines)
    first = int(current or 1) + 1
    lines = [
        f"{environment} ES_VIS_INDEX_V1={index} bash {_FOLDER}/versioned/v{number}/upgrade.sh"
        for number in range(max(first, 2), int(version) + 1)
    ]
    if first < _SCRIPTS_FAIL:
        lines.append(_verify_mapping(role, access, index, version, client))
    settings = _curl_settings(access)
    lines = [*settings, _put_template(role, access, version, client), *lines]
    return f"upgrade.sh {release.name}", "\n".join(lines)


def _curl_settings(access: Access) -> Iterator[str]:
    """Settings for the scripts' curl where the server is not verified: the scripts have no flag for it."""
    if not access.verifies:
        yield f"mkdir -p {_CURL_HOME} && echo insecure > {_CURL_HOME}/.curlrc"


def _put_template(role: Role, access: Access, version: str, client: str) -> str:
    file = _template_file(version, client)
    return f"{_curl(role, access)} --request PUT {_url(role, access)}/_template/{_TEMPLATE} {_JSON} @{file}"


def _verify_mapping(role: Role, access: Access, index: str, version: str, client: str) -> str:
    """Fails unless the index has every field of the template: the scripts up to v4 ignore an error of
    the request that adds fields (schema/elasticsearch/visibility/versioned/v2/upgrade.sh@v1.20.4).
    """
    fields = "[.. | .properties? // empty | keys[]]"
    test = f"($template[0] | {fields}) - {fields} | . == []"
    return (
        f"{_curl(role, access, output='')} {_url(role, access)}/{index}/_mapping"
        f" | jq --exit-status --slurpfile template {_template_file(version, client)} '{test}'"
    )


def _template_file(version: str, client: str) -> str:
    return f"{_FOLDER}/versioned/v{version}/index_template_{_kind(client)}.json"


def _curl(role: Role, access: Access, output: str = " --output /dev/null") -> str:
    words = [f"curl --fail --silent --show-error{output}"]
    if access.has_login:
        words.append(f"--user {user(role, access)}:{variable(role, 'PASSWORD')}")
    for flag, value in (
        ("--cacert", access.ca_file),
        ("--cert", access.cert_file),
        ("--key", access.key_file),
    ):
        if value:
            words.append(f"{flag} {shlex.quote(value)}")
    if not access.verifies:
        words.append("--insecure")
    return " ".join(words)


def _url(role: Role, access: Access) -> str:
    return or_variable(access.url.rstrip("/"), role, "URL")


def _environment(role: Role, access: Access, client: str) -> Iterator[str]:
    """The environment of the scripts, which build the endpoint from its parts."""
    match = _URL.fullmatch(access.url.rstrip("/"))
    scheme, host, port, path = match.groups() if match else ("", "", "", "")
    port = port or ("443" if scheme == "https" else "80")
    yield f"ES_SCHEME={or_variable(scheme, role, 'SCHEME')}"
    yield f"ES_SERVER={or_variable(host, role, 'HOST')}"
    yield f"ES_PORT={or_variable(port + (path or '') if match else '', role, 'PORT')}"
    if access.has_login:
        yield from (f"ES_USER={user(role, access)}", f"ES_PWD={variable(role, 'PASSWORD')}")
    if access.ca_file:
        # The only way to give the scripts' curl a certificate authority.
        yield f"CURL_CA_BUNDLE={shlex.quote(access.ca_file)}"
    if not access.verifies:
        yield f"CURL_HOME={_CURL_HOME}"
    yield from (f"ES_VERSION={_kind(client)}", "AUTO_CONFIRM=y")


def _kind(client: str) -> str:
    """The version in file names and in ES_VERSION: v6 for Elasticsearch 6, v7 for everything newer."""
    return "v6" if client == "v6" else "v7"
