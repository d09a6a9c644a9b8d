"""Runbooks with the addresses of one cluster in their commands, quoted for a shell."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping

from agent.components.registry import SEARCH
from agent.reports.runbook_document import RunbookDocument

#: The clients of stores, by the first word of a command, and the component that each one reads.
_CLIENTS = {"psql": "postgresql", "mysql": "mysql", "cqlsh": "cassandra"}
#: The tools whose whole command depends on the release, its plugin and TLS, and the components of each.
_SCHEMA_TOOLS = {
    "temporal-sql-tool": frozenset({"postgresql", "mysql"}),
    "temporal-cassandra-tool": frozenset({"cassandra"}),
}
#: One word of a command, with its quotes.
_WORD = re.compile(r"""(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])+""")
_PLACEHOLDER = re.compile(
    r"\b(?:http://AGENT:17233|FRONTEND:7233|RUNNING_RELEASE|HOST|PORT|USER|DATABASE|KEYSPACE|URL|NAME|FILE)\b"
)
_FENCE = re.compile(r"^( *)```sh\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def filled(text: str, values: RunbookDocument) -> str:
    """The runbook with these values in its shell commands. A command of a store is there once for each store
    that it fits. What is not known stays as it is.
    """
    return _FENCE.sub(lambda block: _block(block[1], block[2], values), text)


def _block(indent: str, body: str, values: RunbookDocument) -> str:
    lines: list[str] = []
    for line in body.splitlines():
        lines += [each for each in _lines(line.removeprefix(indent), values) if each not in lines]
    shown = lines or ["# This cluster has no such store."]
    return "\n".join([f"{indent}```sh", *(indent + line for line in shown), f"{indent}```"])


def _lines(line: str, values: RunbookDocument) -> Iterator[str]:
    program, _, _ = line.partition(" ")
    if program in _SCHEMA_TOOLS:
        stores = [store for store in values.stores if store.component in _SCHEMA_TOOLS[program]]
        commands = [store.command for store in stores if f"{program} " in store.command]
        # A store whose schema is current has no command.
        yield from commands or ([line] if stores and not any(s.command for s in values.stores) else [])
        return
    components = frozenset({_CLIENTS[program]}) if program in _CLIENTS else frozenset()
    components |= SEARCH if "URL/" in line else frozenset()
    if not components:
        yield _substituted(line, _of_the_cluster(values))
    for store in values.stores:
        if store.component in components:
            yield _substituted(line, store.values)


def _of_the_cluster(values: RunbookDocument) -> dict[str, str]:
    return {
        "NAME": values.cluster,
        "FRONTEND:7233": values.frontend,
        "FILE": values.config_file,
        "http://AGENT:17233": values.agent,
        "RUNNING_RELEASE": values.release,
    }


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
