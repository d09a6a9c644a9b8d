"""A small Debian in a folder, by debootstrap: the base of a container image, and a machine for packages."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from . import cache
from .commands import CommandError, UnavailableError, run, which
from .sid import debian_mirror

#: The suite whose `python3` has this minor version: compiled libraries are for one.
SUITES = {(3, 11): "bookworm", (3, 13): "trixie"}
PACKAGES = ("adduser", "python3", "python3-venv")
#: The name of the base in the storage of buildah.
BASE_IMAGE = "localhost/debian-python"

_KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"


def debian_root(major: int = sys.version_info.major, minor: int = sys.version_info.minor) -> Path:
    """A folder with Debian's smallest system and this Python, from the cache; one minute without it.

    Pinned are the suite, the names of the packages, and the keys that sign them; Debian decides the versions.
    Copy it before you change it.
    """
    if (major, minor) not in SUITES:
        raise UnavailableError(f"no Debian in SUITES has Python {major}.{minor} as python3")
    if os.geteuid() != 0:
        raise UnavailableError("debootstrap needs root")
    suite = SUITES[major, minor]
    return (
        cache.entry("debian", suite, [name.encode() for name in PACKAGES], lambda to: _bootstrap(suite, to))
        / suite
    )


def image_storage() -> Path:
    """A storage of buildah that has `debian_root` as the image `BASE_IMAGE`, from the cache. Copy it."""
    root = debian_root()
    return cache.entry("debian-image", root.name, [root.parent.name.encode()], lambda to: _import(root, to))


def buildah(storage: Path, *arguments: str | Path) -> str:
    """The output of a command of buildah on this storage; raises CommandError if it fails."""
    own: list[str | Path] = [which("buildah"), "--storage-driver", "vfs"]
    return run([*own, "--root", storage, "--runroot", storage.with_name("runroot"), *arguments])


def require_namespaces() -> None:
    """Raises UnavailableError where a process may not have mounts and a network of its own."""
    try:
        run([which("unshare"), "--mount", "--net", "mount", "-t", "tmpfs", "none", "/mnt"])
    except CommandError as error:
        raise UnavailableError(f"namespaces are not permitted here: {error}") from error


def _bootstrap(suite: str, target: Path) -> None:
    root = target / suite
    options = ["--variant=minbase", f"--include={','.join(PACKAGES)}", f"--keyring={_KEYS}"]
    run([which("debootstrap"), *options, suite, root, debian_mirror()])
    for leftover in (root / "var" / "cache" / "apt" / "archives", root / "var" / "lib" / "apt" / "lists"):
        shutil.rmtree(leftover)


def _import(root: Path, target: Path) -> None:
    dockerfile = target / "Dockerfile"
    dockerfile.write_text("FROM scratch\nCOPY . /\n")
    buildah(target / "storage", "bud", "--isolation", "chroot", "-t", BASE_IMAGE, "-f", dockerfile, root)
