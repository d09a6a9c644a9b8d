"""What a Temporal server refuses in its own file, as far as the file alone shows it.

Pure but for one question: whether a file that is named is on this machine. Which releases refuse what is in
agent/matrix/data/file_rules.json.
"""

from __future__ import annotations

from collections.abc import Iterator

from agent.config.temporal_files.placeholders import placeholder
from agent.config.temporal_files.validation.clients import client_violations
from agent.config.temporal_files.validation.cluster import cluster_violations
from agent.config.temporal_files.validation.persistence import persistence_violations
from agent.config.temporal_files.validation.security import security_violations
from agent.config.temporal_files.validation.services import SERVICES, service_violations
from agent.config.temporal_files.validation.values import value_violations
from agent.config.temporal_files.validation.violation import Violation
from agent.config.temporal_files.yaml_tree import YamlNode

__all__ = ["Violation", "find_violations"]

_CHECKS = (
    value_violations,
    persistence_violations,
    cluster_violations,
    security_violations,
    service_violations,
    client_violations,
)


def find_violations(config: YamlNode) -> Iterator[Violation]:
    """Everything in the server's own configuration that some release refuses.

    A file that lacks two or more of the four services and `clusterInformation` is an excerpt: what it lacks
    may be elsewhere. Nothing is known about a value that is a placeholder.
    """
    parts = [config.at("services", name) for name in SERVICES]
    parts.append(config.at("clusterMetadata", "clusterInformation"))
    is_excerpt = sum(not part.is_there for part in parts) > 1
    for check in _CHECKS:
        for violation in check(config):
            if not (violation.is_absence and is_excerpt) and not placeholder(violation.node.text):
                yield violation
