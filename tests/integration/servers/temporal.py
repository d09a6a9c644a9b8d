"""A real Temporal server: all its services in one process, on PostgreSQL."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import grpc
import requests
import yaml
from temporalio.api.workflowservice.v1.request_response_pb2 import (
    GetClusterInfoRequest,
    GetSystemInfoRequest,
)
from temporalio.api.workflowservice.v1.service_pb2_grpc import WorkflowServiceStub

from .process import ExitError, Process, temporary_folder
from .running import Running
from .stores import AnyStores, Stores
from .temporal_build import TemporalBinaries
from .temporal_config import DEFAULT_SERVICES, TemporalOptions, TemporalPorts, temporal_config

#: What a worker logs as its last step: service/worker/service.go at v1.0.0 and v1.31.2.
_WORKER_STARTED = re.compile(r"\bworker (service )?started\b")


class TemporalServer(Running):
    """One replica. Several on the same stores are one cluster, whatever their versions.

    `start` and `stop` keep its ports; `close` removes its files. Starts when entered as a context.
    """

    def __init__(
        self,
        binaries: TemporalBinaries,
        stores: AnyStores,
        options: TemporalOptions | None = None,
        ports: TemporalPorts | None = None,
    ) -> None:
        """With `ports`, it takes over from one that had them."""
        self.version = binaries.version
        self._number = binaries.number
        self._stores = stores
        self.options = options or TemporalOptions()
        self._ports = ports or TemporalPorts()
        self._folder = temporary_folder(f"temporal-{binaries.version}")
        self.config_file.write_text(
            yaml.safe_dump(temporal_config(binaries.number, stores, self.options, self._ports))
        )
        command: list[str | Path] = [
            binaries.server,
            "--root",
            self._folder,
            "--config",
            ".",
            "--env",
            "tests",
        ]
        # Older ones know neither the flag nor other services than the default ones.
        if binaries.number >= (1, 20) and self.options.jwks_uri is None:
            command.append("--allow-no-auth")
        command.append("start")
        if binaries.number >= (1, 20):
            for service in self.options.services:
                command += ["--service", service]
        # It would call home to ask for newer versions.
        environment = {"TEMPORAL_VERSION_CHECK_DISABLED": "1"}
        self._process = Process(f"Temporal {binaries.version}", command, self._folder, env=environment)

    @property
    def config_file(self) -> Path:
        """Its configuration, as rendered for it."""
        return self._folder / "tests.yaml"

    @property
    def stores(self) -> Stores:
        """Its databases on PostgreSQL, where it has such."""
        assert isinstance(self._stores, Stores)
        return self._stores

    @property
    def grpc_address(self) -> str:
        """The frontend's `host:port` for gRPC."""
        return f"127.0.0.1:{self._ports.grpc}"

    @property
    def http_url(self) -> str:
        """The frontend's base URL for its HTTP API."""
        return f"{'https' if self.options.tls else 'http'}://127.0.0.1:{self._ports.http}"

    @property
    def metrics_address(self) -> str:
        """The `host:port` that serves metrics."""
        return f"127.0.0.1:{self._ports.metrics}"

    @property
    def metrics_url(self) -> str:
        """The URL of the metrics of all services."""
        return f"http://{self.metrics_address}/metrics"

    def start(self, *, timeout: float = 90) -> None:
        """Starts and waits until the frontend answers and every service tells its build (from 1.20 on)."""
        self._process.start(self._answers, timeout=timeout)

    def start_frontend(self, *, timeout: float = 90) -> None:
        """Starts and waits only until the frontend answers: past all that a server checks first."""
        self._process.start(self.frontend_answers, timeout=timeout)

    def start_services(self, *, timeout: float = 60) -> None:
        """Start, and wait until every service runs.

        The frontend alone is not enough: 1.23.1 answers on a read-only database, and exits a moment later.
        """
        self._process.start(self._services_run, timeout=timeout)

    @property
    def running(self) -> bool:
        """Whether its process lives."""
        return self._process.running

    def stop(self, *, kill: bool = False) -> None:
        """Stops, and leaves the ring in good order unless it is to be killed; its stores stay."""
        self._process.stop(kill=kill)

    def close(self) -> None:
        """Stops at once, and removes its files."""
        self._process.stop(kill=True)
        shutil.rmtree(self._folder)

    def log_text(self) -> str:
        """All that the server has logged, over all its starts."""
        return self._process.log_text()

    def channel(self) -> grpc.Channel:
        """A channel to the frontend with what it takes to be let in by TLS; close it after use."""
        tls = self.options.tls
        if tls is None:
            return grpc.insecure_channel(self.grpc_address)
        credentials = grpc.ssl_channel_credentials(
            tls.ca.read_bytes(),
            tls.client.key.read_bytes() if tls.client else None,
            tls.client.cert.read_bytes() if tls.client else None,
        )
        return grpc.secure_channel(self.grpc_address, credentials)

    def frontend_answers(self) -> bool:
        """Whether the frontend answers what every release knows; none with an authorizer does."""
        try:
            with self.channel() as channel:
                WorkflowServiceStub(channel).GetClusterInfo(GetClusterInfoRequest(), timeout=2)
        except grpc.RpcError:
            return False
        return True

    def _services_run(self) -> bool:
        log = self.log_text()
        in_ring = log.count("Membership heartbeat upserted successfully") >= len(DEFAULT_SERVICES)
        return in_ring and _WORKER_STARTED.search(log) is not None

    def _answers(self) -> bool:
        if self._number < (1, 20):
            return self.frontend_answers()
        try:
            with self.channel() as channel:
                # The one question that an authorizer allows everybody, of those that need the frontend up.
                WorkflowServiceStub(channel).GetSystemInfo(GetSystemInfoRequest(), timeout=2)
            metrics = requests.get(self.metrics_url, timeout=2).text
        except (grpc.RpcError, requests.RequestException):
            return False
        # One series a service.
        return metrics.count("\nbuild_information{") == len(self.options.services)


def try_start(
    binaries: TemporalBinaries, stores: AnyStores, options: TemporalOptions | None = None
) -> tuple[bool, str]:
    """Whether this server comes up or exits on these stores, and its log; it does not go on running.

    Raises StartError if it does neither in time.
    """
    server = TemporalServer(binaries, stores, options)
    try:
        server.start_services()
        return True, server.log_text()
    except ExitError:
        return False, server.log_text()
    finally:
        server.close()
