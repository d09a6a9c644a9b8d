"""The probes: one file for each kind of target, and one table of them.

A probe knows what to read and how to interpret the answer. Deadlines, timing and errors are up to
`agent.polling`.
"""

from __future__ import annotations

import threading
from collections.abc import Collection
from importlib import import_module
from typing import Any

from agent.components.registry import ALL
from agent.installation import install_command
from agent.model.vocabulary import Reason
from agent.probes.base import Probe, ProbeError

__all__ = ["PROBES", "Probe", "ProbeError", "open_probe", "prepare"]

#: The module of each kind of probe in the components' records. Each has `open_probe(settings, *options)`.
#: A module is imported when its kind is first used, so a driver is needed only where its store is configured.
PROBES = {reader.probe: f"agent.probes.{reader.probe}" for record in ALL for reader in record.readers}

_GRPC = frozenset({"temporal_grpc", "temporal_remotes"})

#: Two threads that import different modules of one package at once can deadlock.
_importing = threading.Lock()


def open_probe(kind: str, settings: Any, *options: str) -> Probe:
    """The probe of this kind for one target. It connects on its first read.

    `options` names what to read in addition to the usual facts. Each kind of probe defines its own names.

    Raises:
        ProbeError: the driver of this kind is not installed.
    """
    try:
        with _importing:
            module = import_module(PROBES[kind])
    except ModuleNotFoundError as error:
        text = f"the driver {error.name} is not installed: {install_command(_extra(kind))}"
        raise ProbeError(Reason.DRIVER_MISSING, text) from error
    probe: Probe = module.open_probe(settings, *options)
    return probe


def prepare(kinds: Collection[str]) -> None:
    """Get what probes of these kinds must have before descriptors run out. May be called again."""
    if not _GRPC.isdisjoint(kinds):
        with _importing:
            module = import_module("agent.probes.transport.grpc_core")
        module.keep_core()


def _extra(kind: str) -> str:
    """The extra to install, such as `mysql`; empty if every installation has the driver."""
    return next(reader.extra for record in ALL for reader in record.readers if reader.probe == kind)
