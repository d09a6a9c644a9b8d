"""The probes: one file an endpoint, and the one table that names them.

A probe holds the question and how to read the answer. Deadlines, timing and errors are the cycle's.
"""

from __future__ import annotations

import threading
from collections.abc import Collection
from importlib import import_module
from typing import Any

from agent.components.registry import ALL
from agent.model.vocabulary import Reason
from agent.probes.base import Probe, ProbeError

__all__ = ["PROBES", "Probe", "ProbeError", "open_probe", "prepare"]

#: The module of each kind of probe that a component's record names; it has `open_probe(settings, *asks)`.
#: Modules are imported when their kind is first used, so that a driver is needed only where its store is.
PROBES = {reader.probe: f"agent.probes.{reader.probe}" for record in ALL for reader in record.readers}

_GRPC = frozenset({"temporal_grpc", "temporal_remotes"})

#: Two threads that begin with different modules of one package can wait for each other's half of it.
_importing = threading.Lock()


def open_probe(kind: str, settings: Any, *asks: str) -> Probe:
    """The probe of this kind for one target. It connects only when it first reads.

    `asks` is what it asks this target beside what it asks every one; each kind has its own words for that.

    Raises:
        ProbeError: the driver of this kind is not installed.
    """
    try:
        with _importing:
            module = import_module(PROBES[kind])
    except ModuleNotFoundError as error:
        text = f"the driver {error.name} is not installed: pip install 'temporal-compat-agent{_extra(kind)}'"
        raise ProbeError(Reason.DRIVER_MISSING, text) from error
    probe: Probe = module.open_probe(settings, *asks)
    return probe


def prepare(kinds: Collection[str]) -> None:
    """Get what probes of these kinds must have before descriptors run out. May be called again."""
    if not _GRPC.isdisjoint(kinds):
        with _importing:
            module = import_module("agent.probes.transport.grpc_core")
        module.keep_core()


def _extra(kind: str) -> str:
    """`[mysql]`; empty for what every installation has."""
    extras = (reader.extra for record in ALL for reader in record.readers if reader.probe == kind)
    name = next(extras)
    return f"[{name}]" if name else ""
