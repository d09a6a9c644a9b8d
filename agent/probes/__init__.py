"""The probes: one file an endpoint, and the one table that names them.

A probe holds the question and how to read the answer. Deadlines, timing and errors are the cycle's.
"""

from __future__ import annotations

import threading
from importlib import import_module
from typing import Any

from agent.model.vocabulary import Reason
from agent.probes.base import Probe, ProbeError

__all__ = ["PROBES", "Probe", "ProbeError", "open_probe"]

#: Kind of probe to the module that has it as `open_probe(settings, *asks)`. Modules are imported when their
#: kind is first used, so that a driver is needed only where its store is.
PROBES = {
    "temporal_grpc": "agent.probes.temporal_grpc",
    "temporal_http": "agent.probes.temporal_http",
    "temporal_remotes": "agent.probes.temporal_remotes",
    "temporal_metrics": "agent.probes.temporal_metrics",
    "temporal_prometheus": "agent.probes.temporal_prometheus",
    "mysql": "agent.probes.mysql",
    "postgresql": "agent.probes.postgresql",
    "sqlite": "agent.probes.sqlite",
    "elasticsearch": "agent.probes.elasticsearch",
    "cassandra": "agent.probes.cassandra",
    "kafka": "agent.probes.kafka",
    "zookeeper": "agent.probes.zookeeper",
    "prometheus": "agent.probes.prometheus",
    "grafana": "agent.probes.grafana",
}

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
        text = f"the driver {error.name} is not installed: pip install 'temporal-compat-agent[{kind}]'"
        raise ProbeError(Reason.DRIVER_MISSING, text) from error
    probe: Probe = module.open_probe(settings, *asks)
    return probe
