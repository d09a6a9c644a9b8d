"""How commands reach a store: values from the configuration, and shell variables for the rest."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from agent.matrix import Release
from agent.model.vocabulary import Role

#: First minor whose tools verify host names by default, and accept another name to verify
#: (temporalio/temporal: tools/sql/main.go, tools/cassandra/main.go @v1.8.2, @v1.9.3).
_VERIFIES = (1, 9)

#: What a shell reads inside double quotes; `}` ends the default of a variable.
_SPECIAL = re.compile(r'([\\"$`}])')


@dataclass(frozen=True)
class Access:
    """How a store is reached, from the configuration, without secrets.

    `user` is the agent's read-only user: the default in commands if $ROLE_USER is not set. `verifies`: with
    TLS, the certificate and the host name are checked. `attributes`: the connect attributes of a SQL store,
    as a query of a URL.
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
    verifies: bool = True
    attributes: str = ""

    @property
    def has_login(self) -> bool:
        """Whether commands need a user; true for a store without any known address."""
        return bool(self.user) or not (self.host or self.url)


def variable(role: Role, what: str) -> str:
    return f'"${role.upper()}_{what}"'


def or_variable(value: str, role: Role, what: str) -> str:
    """The value, quoted for a shell; without a value, a shell variable."""
    return shlex.quote(value) if value else variable(role, what)


def user(role: Role, access: Access) -> str:
    """A shell variable, with the configured user as its default."""
    if not access.user:
        return variable(role, "USER")
    # A lone single quote would begin a string, even inside double quotes.
    default = _SPECIAL.sub(r"\\\1", access.user).replace("'", '"\'"')
    return f'"${{{role.upper()}_USER:-{default}}}"'


#: Where each schema tool reads its password, so that no process list shows it
#: (temporalio/temporal: tools/*/main.go @v1.0.0, @v1.32.2; of search stores: @v1.30.4).
_PASSWORD_VARIABLES = {
    "temporal-sql-tool": "SQL_PASSWORD",
    "temporal-cassandra-tool": "CASSANDRA_PASSWORD",
    "temporal-elasticsearch-tool": "ES_PWD",
}


def tool_words(tool: str, role: Role, access: Access) -> Iterator[str]:
    """The beginning of a schema tool's command: the password by environment, and the tool."""
    if access.has_login:
        yield f"{_PASSWORD_VARIABLES[tool]}={variable(role, 'PASSWORD')}"
    yield tool


def login_flags(role: Role, access: Access) -> Iterator[str]:
    if access.has_login:
        yield from ("--user", user(role, access))


def tls_flags(release: Release, role: Role, access: Access) -> Iterator[str]:
    """The TLS flags of the schema tools; none if the connection is not encrypted."""
    if not access.tls:
        return
    yield "--tls"
    files = (
        ("--tls-ca-file", access.ca_file),
        ("--tls-cert-file", access.cert_file),
        ("--tls-key-file", access.key_file),
    )
    for flag, value in files:
        if value:
            yield from (flag, shlex.quote(value))
    if not access.verifies:
        # Without a flag, older tools verify nothing.
        if release.minor >= _VERIFIES:
            yield "--tls-disable-host-verification"
        return
    if release.minor >= _VERIFIES:
        if access.server_name:
            yield from ("--tls-server-name", shlex.quote(access.server_name))
        return
    if not any(value for _, value in files):
        # These tools ignore the system's certificate authorities (tools/sql/handler.go@v1.5.8).
        yield from ("--tls-ca-file", variable(role, "CA_FILE"))
    # They verify the host name that they connect to, or none: they accept no other name.
    if not access.server_name:
        yield "--tls-enable-host-verification"
