"""The ordinary command that backs up each kind of store, with the addresses of the cluster."""

from __future__ import annotations

import shlex

from agent.components.registry import SEARCH, original
from agent.model.vocabulary import Role
from agent.upgrade.tool_arguments import Access, or_variable, user, variable


def backup(role: Role, component: str, access: Access) -> str:
    """A command, or a sentence where no single command does it; empty for a store of the user's own.

    Passwords are variables that each client reads from its environment.
    """
    host, name = or_variable(access.host, role, "HOST"), or_variable(access.name, role, "DATABASE")
    port = shlex.quote(str(access.port)) if access.port else variable(role, "PORT")
    password = variable(role, "PASSWORD")
    match original(component):
        case "postgresql":
            return (
                f"PGPASSWORD={password} pg_dump --host {host} --port {port} --username {user(role, access)}"
                f" --format custom --file {role}.dump {name}"
            )
        case "mysql":
            return (
                f"MYSQL_PWD={password} mysqldump --host {host} --port {port} --user {user(role, access)}"
                f" --single-transaction --result-file {role}.sql {name}"
            )
        case "cassandra":
            keyspace = or_variable(access.name, role, "KEYSPACE")
            return f"nodetool snapshot --tag before-upgrade {keyspace}  # on every node"
        case "sqlite":
            return f"sqlite3 {variable(role, 'FILE')} '.backup {role}.backup.db'"
        case found if found in SEARCH:
            return (
                f"Take a snapshot of the index {or_variable(access.name, role, 'INDEX')} into a repository."
            )
    return ""
