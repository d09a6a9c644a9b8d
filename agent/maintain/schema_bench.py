"""A real store on which the schema tools make one schema after the other, and the probe that looks at it."""

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
from agent.model.observation import Shape
from agent.probes import ProbeError, open_probe

_SECONDS = 120.0


@dataclass(frozen=True)
class Address:
    """The running store; the user may make and remove databases there."""

    host: str
    port: int
    user: str
    password_file: Path | None
    attributes: str = ""


class StepError(MaintainError):
    """The tool could not do a step."""


class Bench:
    """One database or keyspace of a store, from its making to its removal."""

    def __init__(self, component: str, tools: Sequence[Path], address: Address, name: str) -> None:
        """The first of the tools does all that it can; a step that it can't read is the next one's."""
        self._component = component
        self._tools = tools
        self._address = address
        self._name = name
        tool = _tool(component)
        self._make, self._remove = tool.create, tool.drop
        try:
            self._probe = open_probe(component, _SETTINGS[component](address, name))
        except (ProbeError, ValueError) as error:
            raise MaintainError(f"{component}: {error}") from error

    @contextmanager
    def made(self) -> Iterator[None]:
        """It is there, with the tables of the schema's version and none else."""
        self._run(*self._make)
        try:
            self._run("setup-schema", "-v", "0.0")
            yield
        finally:
            self._probe.close()
            self._run(*self._remove)

    def update(self, versioned: Path, version: str) -> None:
        """Do the steps up to this version.

        Raises:
            StepError: every tool says no; what the first says.
        """
        said: list[StepError] = []
        for tool in self._tools:
            try:
                return self._run("update-schema", "-d", str(versioned), "-v", version, tool=tool)
            except StepError as error:
                said.append(error)
        raise said[0]

    def shape(self, version: str) -> Shape:
        """What is there now, at this version of the schema."""
        try:
            facts = self._probe.read(_SECONDS)
        except ProbeError as error:
            raise MaintainError(f"{self._name}: {error}") from error
        shape = facts.shape
        if shape is None or shape.problem or shape.hidden or facts.schema is None:
            raise MaintainError(f"{self._name}: the catalogue can't be read: {shape}")
        if facts.schema.version != version:
            raise MaintainError(f"{self._name}: at {facts.schema.version}, not at {version}")
        return shape

    def _run(self, *arguments: str, tool: Path | None = None) -> None:
        command = [str(tool or self._tools[0]), *(part.format(name=self._name) for part in arguments)]
        done = subprocess.run(  # noqa: S603 - the tool that the maintainer names, no shell
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            env={**os.environ, **_environment(self._component, self._address, self._name)},
        )
        if done.returncode:
            said = (done.stdout + done.stderr).decode(errors="replace").strip().splitlines()
            raise StepError(f"{' '.join(arguments)}: {said[-1] if said else 'no word'}")


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
