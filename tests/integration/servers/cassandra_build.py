"""Cassandra's jars, by Maven into the cache, and Temporal's schema tool for Cassandra."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from . import cache, toolchain
from .commands import UnavailableError, run, which
from .temporal_build import FLAGS, MODULES

#: Each version with the checksum of its closure: of the lines `SHA256  NAME` of its jars, sorted by name.
_CLOSURES = {
    "3.11.19": "7d1d9953e75ef07d3523fb9bc954a9f76d57af4aea239e996b7f736044e2fa9c",
    "4.0.17": "c52b0641db6e2cb70e1c0383ffd01c661c47f60d5e0735a3bfe4ed24df2ed83e",
    "4.1.10": "291f7939b9c1a7cf786fe2be76b4dffe65927e49dc8ae56b40e5d86c77e99d32",
    "5.0.5": "b0e9d980fec64fc695cac3aa05aea0df473335de97a0a1b1283167d0d78ee052",
}
CASSANDRA_VERSIONS = tuple(_CLOSURES)

_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"
_DEPENDENCY = (
    "<dependency><groupId>org.apache.cassandra</groupId><artifactId>{}</artifactId>"
    "<version>{}</version></dependency>"
)
_POM = (
    "<project><modelVersion>4.0.0</modelVersion>"
    "<groupId>invalid.example</groupId><artifactId>cassandra</artifactId><version>1</version>"
    "<packaging>pom</packaging><dependencies>{}</dependencies></project>"
)
_TOOL_PACKAGE = "go.temporal.io/server/cmd/tools/cassandra"


@dataclass(frozen=True)
class CassandraJars:
    """One version's programs."""

    version: str
    folder: Path


def cassandra_jars(version: str) -> CassandraJars:
    """The jars of one of CASSANDRA_VERSIONS with all that they need.

    Raises UnavailableError if their content is another than expected.
    """
    inputs = [version.encode(), _CLOSURES[version].encode()]
    return CassandraJars(
        version, cache.entry("cassandra", version, inputs, lambda folder: _download(version, folder))
    )


def cassandra_tool(temporal: str) -> Path:
    """The schema tool for Cassandra of one version of Temporal, an entry of its own in the cache."""
    module = MODULES / temporal
    inputs = [(module / "go.mod").read_bytes(), (module / "go.sum").read_bytes(), *map(str.encode, FLAGS)]
    inputs.append(_TOOL_PACKAGE.encode())
    return (
        cache.entry("cassandra-tool", temporal, inputs, lambda folder: _build(module, folder)) / "cassandra"
    )


def _download(version: str, folder: Path) -> None:
    artifacts = ["cassandra-all"]
    if version.startswith("3."):
        artifacts.append("cassandra-thrift")
    pom = folder / "pom.xml"
    pom.write_text(_POM.format("".join(_DEPENDENCY.format(artifact, version) for artifact in artifacts)))
    arguments = ["-DincludeScope=runtime", f"-DoutputDirectory={folder}"]
    run([which("nice"), which("mvn"), "-B", "-q", "-f", pom, _COPY, *arguments])
    pom.unlink()
    jars = sorted(folder.glob("*.jar"))
    lines = [f"{hashlib.sha256(jar.read_bytes()).hexdigest()}  {jar.name}\n" for jar in jars]
    found = hashlib.sha256("".join(lines).encode()).hexdigest()
    if found != _CLOSURES[version]:
        raise UnavailableError(f"the jars of Cassandra {version} have the checksum {found}")


def _build(module: Path, target: Path) -> None:
    run(
        [which("nice"), toolchain.go(), "build", *FLAGS, "-o", f"{target}/", _TOOL_PACKAGE],
        cwd=module,
        env={"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off"},
    )
