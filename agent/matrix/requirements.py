"""What a release needs besides its persistence store."""

from __future__ import annotations

from dataclasses import dataclass

from packaging.specifiers import SpecifierSet

from agent.matrix.release import Release

#: The document that the project starts from.
DOCUMENT = "docs/server-dependencies.md (Temporal documentation, 2020-11)"

#: common/config/persistence.go at the tags given: up to when visibilityStore is always needed, and from when
#: on it is the only key.
_VISIBILITY_ALWAYS = SpecifierSet("<1.9.0")
_SEARCH_MAY_REPLACE = SpecifierSet(">=1.9.0,<1.25.0")

#: Visibility records go through Kafka by default up to 1.5; 1.6 writes both ways and still connects
#: (service/history/configs/config.go@v1.5.0, @v1.6.0, @v1.7.0).
_SEARCH_BY_KAFKA = SpecifierSet("<1.7.0")
#: Replication between clusters goes through Kafka (common/cluster/metadata.go:218@v1.0.0) up to 1.5.
_REPLICATION_BY_KAFKA = SpecifierSet("<1.6.0")


@dataclass(frozen=True)
class Requirement:
    """Whether something is needed, why, and the source."""

    needed: bool
    message: str
    source: str


def visibility_store(release: Release, *, has_search: bool) -> Requirement:
    """Whether the configuration needs the key `visibilityStore`."""
    version = release.version
    if has_search and version.within(_SEARCH_MAY_REPLACE):
        message = f"Temporal {release.name} accepts advancedVisibilityStore instead of visibilityStore"
        return Requirement(False, message, "temporalio/temporal@v1.12.3: common/config/persistence.go")
    tag = "v1.8.2" if version.within(_VISIBILITY_ALWAYS) else "v1.25.2"
    message = f"Temporal {release.name} needs a visibility store"
    return Requirement(True, message, f"temporalio/temporal@{tag}: common/config/persistence.go")


def event_streaming(release: Release, *, has_search: bool, multi_datacenter: bool) -> Requirement:
    """Whether the release needs Kafka, with the ZooKeeper that Kafka needs."""
    by_search = has_search and release.version.within(_SEARCH_BY_KAFKA)
    by_replication = multi_datacenter and release.version.within(_REPLICATION_BY_KAFKA)
    if by_search:
        message = f"Temporal {release.name} writes to its search store through Kafka"
        return Requirement(True, message, f"{DOCUMENT}; service/history/configs/config.go@v1.6.0")
    if by_replication:
        message = f"Temporal {release.name} replicates between data centres through Kafka"
        return Requirement(True, message, f"{DOCUMENT}; common/cluster/metadata.go@v1.0.0")
    message = f"Temporal {release.name} does not use Kafka in this configuration"
    return Requirement(False, message, f"{DOCUMENT}; temporalio/temporal@v1.8.0: no Kafka code left")
