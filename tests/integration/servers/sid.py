"""Packages of Debian's sid, unpacked into the cache: servers that this Debian has too old, or not at all."""

from __future__ import annotations

import platform
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from . import cache
from .commands import CommandError, run, which

# Debian's own keys: apt takes nothing that they have not signed.
_KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"


def sid_packages(group: str, names: Sequence[str]) -> Path:
    """The folder with the files of these packages and of all that they need, the C library included.

    The version can't be pinned: sid has one of each package, today's. What is pinned are the names and the
    signature; what the cache has stays, until it is emptied.
    """
    return cache.entry(group, "sid", [name.encode() for name in names], lambda folder: _unpack(folder, names))


def loader_of(libraries: Path) -> Path | None:
    """The program that runs others by these libraries, if a C library is among them."""
    return next(libraries.glob("ld-linux*.so.*"), None)


def _unpack(folder: Path, names: Sequence[str]) -> None:
    own = folder / ".apt"
    own.mkdir()
    # A state of its own, in which nothing is installed: so apt takes all that the packages need.
    (own / "status").touch()
    (own / "sources.list").write_text(f"deb [signed-by={_KEYS}] {debian_mirror()} sid main\n")
    options = {
        "Dir::Etc::sourcelist": own / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::State": own,
        "Dir::State::status": own / "status",
        "Dir::Cache": own,
        "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
        "Acquire::Languages": "none",
        # Its user may not enter the cache, where that is root's.
        "APT::Sandbox::User": "",
    }
    apt: list[str | Path] = [which("apt-get"), "--quiet", "--yes"]
    for name, value in options.items():
        apt += ["-o", f"{name}={value}"]
    run([*apt, "update"])
    run([*apt, "install", "--download-only", "--no-install-recommends", *names])
    for package in (own / "archives").glob("*.deb"):
        run([which("dpkg"), "-x", package, folder])
    shutil.rmtree(own)


def debian_mirror() -> str:
    """Where this machine's own Debian comes from: that has sid, too."""
    release = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    told = run([which("apt-get"), "update", "--print-uris"])
    found = re.search(rf"^'(\S+/)dists/{re.escape(release)}/InRelease'", told, re.MULTILINE)
    if found is None:
        raise CommandError(f"apt does not know from where Debian {release!r} comes:\n{told}")
    return found[1]
