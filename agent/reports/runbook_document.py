"""What the commands of a runbook need of one cluster: addresses, names, and the commands of schema tools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agent.components.registry import SEARCH, original
from agent.matrix import Matrix
from agent.model.vocabulary import SCHEMA_ROLES, Role
from agent.reports.document import Document
from agent.snapshot import Snapshot
from agent.upgrade import Access, Toolbox


@dataclass(frozen=True)
class RunbookStoreDocument(Document):
    """A store of the cluster. `command`: upgrades its schema; empty where that is not known."""

    component: str
    values: Mapping[str, str]
    command: str = ""


@dataclass(frozen=True)
class RunbookDocument(Document):
    """What a runbook's commands need of one cluster; texts are empty where they are not known.

    `config_file`: of the agent. `agent`: the agent's address. `release`: the running one.
    """

    cluster: str
    frontend: str = ""
    config_file: str = ""
    agent: str = ""
    release: str = ""
    stores: tuple[RunbookStoreDocument, ...] = ()


def runbook_document(
    snapshot: Snapshot, tools: Toolbox, matrix: Matrix, *, config_file: str = "", agent: str = ""
) -> RunbookDocument:
    """The values of a cluster, as configured and as last observed."""
    server = snapshot.judgement.server
    stores = tuple(
        _store(snapshot, tools, matrix, role, access)
        for role in SCHEMA_ROLES
        if (access := tools.access.get(role)) is not None and role in snapshot.subject.stores
    )
    return RunbookDocument(
        snapshot.subject.name,
        tools.frontend,
        config_file,
        agent,
        (server.release if server else None) or "",
        stores,
    )


def _store(
    snapshot: Snapshot, tools: Toolbox, matrix: Matrix, role: Role, access: Access
) -> RunbookStoreDocument:
    spec = snapshot.subject.stores[role]
    port = str(access.port) if access.port else ""
    values = {"HOST": access.host, "PORT": port, "USER": access.user, "URL": access.url.rstrip("/")}
    values |= {"DATABASE": access.name, "KEYSPACE": access.name}
    server = snapshot.judgement.server
    release = matrix.releases.named(server.release) if server and server.release else None
    schema = next((each for each in snapshot.judgement.schemas if each.role is role), None)
    command = ""
    if release is not None and schema is not None and schema.required and spec.component not in SEARCH:
        _, command = tools.update(release, role, spec, schema.version, schema.required)
    return RunbookStoreDocument(
        original(spec.component), {name: text for name, text in values.items() if text}, command
    )
