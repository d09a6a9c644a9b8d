"""A scratch database on a real store: the schema tools upgrade it, the agent's probe reads it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from agent.components.record import SchemaTool
from agent.components.registry import record
from agent.config import Cassandra, MySql, PostgreSql
from agent.maintain.source_tree import MaintainError
from agent.model.observation import SchemaCatalog
from agent.probes import ProbeError, open_probe

PROBE_TIMEOUT_SECONDS = 120.0


@dataclass(frozen=True)
class Address:
    """The address of the store, and a user that may create and drop databases there."""

    host: str
    port: int
    user: str
    password_file: Path | None
    attributes: str = ""


class StepError(MaintainError):
    """The tools cannot do a step."""


class ScratchDatabase:
    """One temporary database or keyspace."""

    def __init__(self, component: str, tools: Sequence[Path], address: Address, name: str) -> None:
        """`tools`: paths in order of preference; a step that one tool cannot read is tried with the next.

        Raises:
            MaintainError: the agent has no probe for this store, or the settings are wrong.
        """
        self._component = component
        self._tools = tools
        self._address = address
        self._name = name
        tool = _tool(component)
        self._create, self._drop = tool.create, tool.drop
        try:
            self._probe = open_probe(component, _SETTINGS[component](address, name))
        except (ProbeError, ValueError) as error:
            raise MaintainError(f"{component}: {error}") from error

    @contextmanager
    def created(self) -> Iterator[None]:
        """Create the database with the tool's own tables only, and drop it at the end."""
        self._run(*self._create)
        try:
            self._run("setup-schema", "-v", "0.0")
            yield
        finally:
            self._probe.close()
            self._run(*self._drop)

    def update(self, versioned: Path, version: str) -> None:
        """Do the steps up to this version.

        Raises:
            StepError: no tool can do the steps; with the first tool's message.
        """
        errors: list[StepError] = []
        for tool in self._tools:
            try:
                return self._run("update-schema", "-d", str(versioned), "-v", version, tool=tool)
            except StepError as error:
                errors.append(error)
        raise errors[0]

    def catalog(self, version: str) -> SchemaCatalog:
        """The tables, columns and indexes now.

        Raises:
            MaintainError: the catalog cannot be read, or the schema is at another version.
        """
        try:
            facts = self._probe.read(PROBE_TIMEOUT_SECONDS)
        except ProbeError as error:
            raise MaintainError(f"{self._name}: {error}") from error
        catalog = facts.shape
        if catalog is None or catalog.problem or catalog.hidden or facts.schema is None:
            raise MaintainError(f"{self._name}: the catalog cannot be read: {catalog}")
        if facts.schema.version != version:
            raise MaintainError(f"{self._name}: the schema is at {facts.schema.version}, not at {version}")
        return catalog

    def _run(self, *arguments: str, tool: Path | None = None) -> None:
        command = [str(tool or self._tools[0]), *(part.format(name=self._name) for part in arguments)]
        done = subprocess.run(  # noqa: S603 - the maintainer's own tool, no shell
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            env={**os.environ, **_environment(self._component, self._address, self._name)},
        )
        if done.returncode:
            output = (done.stdout + done.stderr).decode(errors="replace").strip().splitlines()
            raise StepError(f"{' '.join(arguments)}: {output[-1] if output else 'no output'}")


def _environment(component: str, address: Address, name: str) -> Mapping[str, str]:
    password = address.password_file.read_text().rstrip("\n") if address.password_file else ""
    tool = _tool(component)
    variables = {
        "HOST": address.host,
        "PORT": str(address.port),
        "USER": address.user,
        "PASSWORD": password,
        "PLUGIN": tool.default_plugin,
        "CONNECT_ATTRIBUTES": address.attributes,
        tool.place.upper(): name,
    }
    return {f"{tool.prefix}_{key}": value for key, value in variables.items()}


def _tool(component: str) -> SchemaTool:
    tool = record(component).schema_tool
    assert tool is not None
    return tool


def _mysql(address: Address, name: str) -> MySql:
    return MySql(
        host=address.host,
        port=address.port,
        database=name,
        user=address.user,
        password_file=_secret(address),
        inspect_schema=True,
    )


def _postgresql(address: Address, name: str) -> PostgreSql:
    return PostgreSql(
        host=address.host,
        port=address.port,
        database=name,
        user=address.user,
        password_file=_secret(address),
        inspect_schema=True,
    )


def _cassandra(address: Address, name: str) -> Cassandra:
    return Cassandra(
        hosts=(address.host,),
        port=address.port,
        keyspace=name,
        user=address.user or None,
        password_file=_secret(address),
        inspect_schema=True,
    )


def _secret(address: Address) -> str | None:
    return str(address.password_file) if address.password_file else None


_SETTINGS: Mapping[str, Callable[[Address, str], MySql | PostgreSql | Cassandra]] = {
    "cassandra": _cassandra,
    "mysql": _mysql,
    "postgresql": _postgresql,
}
