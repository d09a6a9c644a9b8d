"""Temporal's releases as Go modules, through the ordinary Go client.

GOPROXY, GOMODCACHE, GOSUMDB and the like are the client's own variables and apply as always.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import BadZipFile, ZipFile

from agent.maintain.source_tree import MaintainError, Tree, UnreadableError, first, group, numbers

MODULE = "go.temporal.io/server"

#: For one command of the client, which itself waits for a silent proxy without end.
TIMEOUT_SECONDS = 600.0

#: vX.Y.Z from 1.0.0 on, no pre-releases and no pseudo-versions. Go modules have no vX.Y.Z.W.
_STABLE = re.compile(r"v([1-9]\d*\.\d+\.\d+)")
_MODULE_PATH = re.compile(r"^module (\S+)$", re.MULTILINE)
#: The client has downloaded and checked the module, but is itself too old to build it
#: (golang/go: src/cmd/go/internal/gover/toolchain.go).
_NEEDS_NEWER_GO = re.compile(r"requires go >= \S+ \(running go ")


@dataclass(frozen=True)
class Module:
    """One release: its files, the day of its tagged commit (UTC), and Go's checksum of the files."""

    version: str
    published: str
    sum: str
    tree: Tree


class GoModules:
    """What the module proxy serves."""

    def __init__(self, go: str = "go", timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._go = go
        self._timeout_seconds = timeout_seconds

    def versions(self) -> tuple[str, ...]:
        """The stable releases that the proxy lists, retracted ones included, oldest first.

        Raises:
            MaintainError: the proxy does not answer, or lists no release.
        """
        answer = self._json("list", "-m", "-json", "-retracted", "-versions", MODULE)
        listed = answer.get("Versions") or []
        stable = {match[1] for version in listed if (match := _STABLE.fullmatch(version))}
        if not stable:
            raise MaintainError(f"{MODULE}: the module proxy lists no release")
        return tuple(sorted(stable, key=numbers))

    def module(self, version: str) -> Module:
        """Download a release. The client checks the files against their checksum.

        Raises:
            MaintainError: the proxy does not serve it, or the client does not accept it.
        """
        name = f"{MODULE}@v{version}"
        answer = self._json("mod", "download", "-json", name)
        error = answer.get("Error", "")
        if error and not _NEEDS_NEWER_GO.search(error):
            raise MaintainError(_said(name, error))
        try:
            day = str(json.loads(Path(answer["Info"]).read_bytes())["Time"])[:10]
            found = Module(version, day, answer["Sum"], _ModuleZip(Path(answer["Zip"]), f"v{version}"))
        except (OSError, ValueError, KeyError) as cause:
            raise MaintainError(f"{name}: the answer of the module proxy is incomplete: {cause!r}") from cause
        path = group(found.tree, first(found.tree, "go.mod"), _MODULE_PATH, "module path")
        if path != MODULE:
            raise MaintainError(f"{name}: go.mod is that of {path}")
        return found

    def _json(self, *arguments: str) -> dict[str, Any]:
        """The client's answer. It prints JSON also where it fails for one module."""
        environment = {**os.environ, "GOWORK": "off", "GOTOOLCHAIN": "local"}
        with TemporaryDirectory() as folder:
            try:
                done = subprocess.run(  # noqa: S603 - the maintainer's own Go, no shell
                    [self._go, *arguments],
                    cwd=folder,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    check=False,
                    timeout=self._timeout_seconds,
                )
            except OSError as error:
                raise MaintainError(f"{self._go}: {error}; install Go, or set PATH") from error
            except subprocess.TimeoutExpired as error:
                limit = f"{self._timeout_seconds:g} seconds"
                raise MaintainError(f"{MODULE}: the module proxy did not answer within {limit}") from error
        try:
            answer = json.loads(done.stdout)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise MaintainError(_said(MODULE, done.stderr.decode(errors="replace")))
        return answer


def _said(name: str, error: str) -> str:
    """The client's message in one line."""
    text = " ".join(error.split()).removeprefix("go: ").removeprefix(f"{name}: ")
    return f"{name}: {text or 'the Go client printed nothing'}"


class _ModuleZip:
    """The files of a module, read from its archive: an old client does not extract a newer module."""

    def __init__(self, path: Path, name: str) -> None:
        self.name = name
        self._path = path
        self._prefix = f"{MODULE}@{name}/"

    @cached_property
    def _entries(self) -> Mapping[str, str]:
        try:
            with ZipFile(self._path) as archive:
                names = archive.namelist()
        except (OSError, BadZipFile) as error:
            raise MaintainError(f"{self.name}: {self._path.name}: {error}") from error
        return {
            name.removeprefix(self._prefix): name
            for name in sorted(names)
            if name.startswith(self._prefix) and not name.endswith("/")
        }

    @cached_property
    def paths(self) -> tuple[str, ...]:
        return tuple(self._entries)

    @cached_property
    def _archive(self) -> ZipFile:
        return ZipFile(self._path)

    def text(self, path: str) -> str:
        try:
            return self._archive.read(self._entries[path]).decode()
        except (OSError, KeyError, BadZipFile, zlib.error, UnicodeDecodeError) as error:
            raise UnreadableError(self, path, str(error)) from error
