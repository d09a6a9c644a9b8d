"""ZooKeeper's jars, by Maven into the cache."""

from __future__ import annotations

from .commands import which
from .kafka_build import Jars, maven_closure

# Each version's artifacts and the checksum of their closure, as `maven_closure` has it.
_CLOSURES = {
    "3.4.6": (
        ("org.apache.zookeeper:zookeeper:3.4.6",),
        "e90b6a16217d8164f4a113cc9725582798d785a9a59feb907ea140ae8321c97e",
    ),
    # What its admin server needs is for programs that embed it to bring along.
    "3.9.4": (
        (
            "org.apache.zookeeper:zookeeper:3.9.4",
            "org.slf4j:slf4j-simple:2.0.13",
            "org.eclipse.jetty:jetty-server:9.4.57.v20241219",
            "org.eclipse.jetty:jetty-servlet:9.4.57.v20241219",
            "com.fasterxml.jackson.core:jackson-databind:2.15.2",
            "io.dropwizard.metrics:metrics-core:4.1.12.1",
            "org.xerial.snappy:snappy-java:1.1.10.5",
            "commons-cli:commons-cli:1.5.0",
        ),
        "6ee31951a28189d115d29e297c58b192fb5c7756b203d01cb172ff6fe50c0d43",
    ),
}
ZOOKEEPER_VERSIONS = tuple(_CLOSURES)


def zookeeper_jars(version: str) -> Jars:
    """One of ZOOKEEPER_VERSIONS. Raises UnavailableError if it can't be had."""
    artifacts, checksum = _CLOSURES[version]
    return Jars(version, maven_closure("zookeeper", version, artifacts, checksum), which("java"))
