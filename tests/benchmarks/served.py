"""The same bytes of /metrics, served by nginx, and written by prometheus_client."""

from __future__ import annotations

import gzip
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from tests.benchmarks.processes import GZIP, PLAIN, Latency, requests_of
from tests.integration.servers.nginx import NginxServer, nginx
from tests.integration.servers.process import temporary_folder

_DURATION = 15.0


@dataclass(frozen=True)
class Served:
    """`packed`: with gzip_static."""

    plain: Latency
    packed: Latency


def served_by_nginx(plain: bytes) -> Served:
    """As a static file, also compressed before."""
    folder = temporary_folder("served")
    try:
        (folder / "metrics").write_bytes(plain)
        (folder / "metrics.gz").write_bytes(gzip.compress(plain, 6))
        with NginxServer(nginx(), f"location / {{ root {folder}; gzip_static on; }}") as server:
            return Served(
                requests_of(server.address, "/metrics", PLAIN, _DURATION),
                requests_of(server.address, "/metrics", GZIP, _DURATION),
            )
    finally:
        shutil.rmtree(folder)


def generated_by_prometheus_client(plain: bytes) -> float:
    """Seconds of processor time that `generate_latest` takes for the same families."""
    families = list(text_string_to_metric_families(plain.decode()))

    class Same(Collector):
        def collect(self) -> Iterator[Metric]:
            return iter(families)

    registry = CollectorRegistry()
    registry.register(Same())
    began = time.process_time()
    generate_latest(registry)
    return time.process_time() - began
