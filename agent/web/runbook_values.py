"""Runbooks with the addresses of one cluster in their commands, quoted for a shell."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from agent.components.registry import SEARCH, original
from agent.matrix import Matrix
from agent.model.vocabulary import SCHEMA_ROLES, Role
from agent.snapshot import Snapshot
from agent.upgrade import Access, Toolbox

#: The clients of stores, by the first word of a command, and the component that each one reads.
_CLIENTS = {"psql": "postgresql", "mysql": "mysql", "cqlsh": "cassandra"}
#: The tools whose whole command depends on the release, its plugin and TLS.
_SCHEMA_TOOLS = frozenset({"temporal-sql-tool", "temporal-cassandra-tool"})
#: One word of a command, with its quotes.
_WORD = re.compile(r"""(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])+""")
_PLACEHOLDER = re.compile(r"\b(?:FRONTEND:7233|HOST|PORT|USER|DATABASE|KEYSPACE|URL|NAME)\b")
_FENCE = re.compile(r"^( *)```sh\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class StoreValues:
    """A store of the cluster. `command`: upgrades its schema; empty where that is not known."""

    component: str
    values: Mapping[str, str]
    command: str = ""


@dataclass(frozen=True)
class RunbookValues:
    """What a runbook's commands need of one cluster."""

    cluster: str
    frontend: str = ""
    stores: tuple[StoreValues, ...] = field(default=())


def values_of(snapshot: Snapshot, tools: Toolbox, matrix: Matrix) -> RunbookValues:
    """The values of a cluster, as configured and as last observed."""
    stores = tuple(
        _store(snapshot, tools, matrix, role, access)
        for role in SCHEMA_ROLES
        if (access := tools.access.get(role)) is not None and role in snapshot.subject.stores
    )
    return RunbookValues(snapshot.subject.name, tools.frontend, stores)


def _store(snapshot: Snapshot, tools: Toolbox, matrix: Matrix, role: Role, access: Access) -> StoreValues:
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
    return StoreValues(
        original(spec.component), {name: text for name, text in values.items() if text}, command
    )


def filled(text: str, values: RunbookValues) -> str:
    """The runbook with these values in its shell commands. A command of a store is there once for each store
    that it fits. What is not known stays as it is.
    """
    return _FENCE.sub(lambda block: _block(block[1], block[2], values), text)


def _block(indent: str, body: str, values: RunbookValues) -> str:
    lines: list[str] = []
    for line in body.splitlines():
        lines += [each for each in _lines(line.removeprefix(indent), values) if each not in lines]
    shown = lines or ["# This cluster has no such store."]
    return "\n".join([f"{indent}```sh", *(indent + line for line in shown), f"{indent}```"])


def _lines(line: str, values: RunbookValues) -> Iterator[str]:
    program, _, _ = line.partition(" ")
    if program in _SCHEMA_TOOLS:
        commands = [store.command for store in values.stores if f"{program} " in store.command]
        yield from commands or ([line] if not any(store.command for store in values.stores) else [])
        return
    components = frozenset({_CLIENTS[program]}) if program in _CLIENTS else frozenset()
    components |= SEARCH if "URL/" in line else frozenset()
    if not components:
        yield _substituted(line, {"NAME": values.cluster, "FRONTEND:7233": values.frontend})
    for store in values.stores:
        if store.component in components:
            yield _substituted(line, store.values)


def _substituted(line: str, values: Mapping[str, str]) -> str:
    """The line with these values; a word that has one is quoted again."""

    def word(match: re.Match[str]) -> str:
        written = match[0]
        if not any(values.get(name) for name in _PLACEHOLDER.findall(written)):
            return written
        (plain,) = shlex.split(written)
        return shlex.quote(_PLACEHOLDER.sub(lambda found: values.get(found[0]) or found[0], plain))

    command, mark, comment = line.partition(" #")
    return _WORD.sub(word, command) + mark + comment
