"""How Temporal's own answers are read, by whichever way they came."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from agent.observation import Facts, Failure, Node
from agent.probes.base import ProbeError
from agent.vocabulary import Reason, Role


def cluster_facts(
    version: str,
    persistence: str,
    visibility: str,
    details: Mapping[str, str],
    limits: tuple[Failure, ...] = (),
) -> Facts:
    """Facts of GetClusterInfo. The stores are plugin names, from 1.13 on; two come comma-joined."""
    plugins = {
        Role.PERSISTENCE: tuple(name for name in persistence.split(",") if name),
        Role.VISIBILITY: tuple(name for name in visibility.split(",") if name),
    }
    return Facts(
        component="temporal",
        nodes=(Node(_version(version), service="frontend"),),
        plugins=MappingProxyType({role: names for role, names in plugins.items() if names}),
        details=MappingProxyType({key: value for key, value in details.items() if value}),
        limits=limits,
    )


def system_facts(version: str, limits: tuple[Failure, ...] = ()) -> Facts:
    """Facts of GetSystemInfo: the version alone."""
    return Facts(component="temporal", nodes=(Node(_version(version), service="frontend"),), limits=limits)


def _version(text: str) -> str:
    if not text:
        raise ProbeError(Reason.BAD_ANSWER, "the answer names no server version")
    return text
