"""Temporal's development server: everything in one process, and its data in one SQLite file."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import grpc
from temporalio.api.common.v1 import WorkflowType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, StartWorkflowExecutionRequest
from temporalio.api.workflowservice.v1.service_pb2_grpc import WorkflowServiceStub

from . import cache, toolchain
from .commands import run, which
from .process import Process, free_port, temporary_folder
from .running import Running
from .temporal_build import FLAGS

#: The command line, and the server that is in it (its go.mod).
TEMPORAL_CLI_VERSION = "1.5.1"

_MODULE = Path(__file__).parent.parent / "temporal-cli" / TEMPORAL_CLI_VERSION
_PACKAGE = "github.com/temporalio/cli/cmd/temporal"


def temporal_cli() -> Path:
    """The program `temporal`, built if need be: two to three minutes, and Go's module proxy.

    go.mod and go.sum pin every dependency with its checksum.
    """
    inputs = [(_MODULE / "go.mod").read_bytes(), (_MODULE / "go.sum").read_bytes(), *map(str.encode, FLAGS)]
    return cache.entry("temporal-cli", TEMPORAL_CLI_VERSION, inputs, _build) / "temporal"


def _build(target: Path) -> None:
    run(
        [which("nice"), toolchain.go(), "build", *FLAGS, "-o", f"{target}/", _PACKAGE],
        cwd=_MODULE,
        env={"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off"},
    )


@dataclass
class Load:
    """Workflows that were started, and why it ended before it should have."""

    runs: list[str] = field(default_factory=list)
    failure: str = ""


class DevServer(Running):
    """`temporal server start-dev` on loopback, on a new file. Starts when entered as a context.

    `journal_mode`: SQLite's pragma of that name, where the default is not wanted.
    """

    host = "127.0.0.1"

    def __init__(self, program: Path, journal_mode: str = "") -> None:
        self._port = free_port()
        self._folder = temporary_folder("temporal-dev")
        self.file = self._folder / "temporal.db"
        self._process = Process(
            "Temporal's development server",
            [
                *(program, "server", "start-dev", "--headless", "--ip", self.host),
                *("--port", str(self._port), "--http-port", str(free_port())),
                *("--metrics-port", str(free_port()), "--db-filename", self.file, "--log-level", "info"),
                *(("--sqlite-pragma", f"journal_mode={journal_mode}") if journal_mode else ()),
            ],
            self._folder,
            # It would call home, and keep a configuration there.
            env={"TEMPORAL_VERSION_CHECK_DISABLED": "1", "HOME": str(self._folder)},
        )

    @property
    def grpc_address(self) -> str:
        """The frontend's `host:port` for gRPC."""
        return f"[{self.host}]:{self._port}" if ":" in self.host else f"{self.host}:{self._port}"

    @property
    def pid(self) -> int:
        """The id of its process."""
        return self._process.pid

    def start(self) -> None:
        """Start, and wait until it answers."""
        self._process.start(self._answers)

    def stop(self) -> None:
        """Stops in good order, and keeps the file."""
        self._process.stop()

    def close(self) -> None:
        """Stops, and removes the file."""
        self._process.stop(kill=True)
        shutil.rmtree(self._folder)

    def log_text(self) -> str:
        """All that it has logged."""
        return self._process.log_text()

    @contextmanager
    def busy(self) -> Iterator[Load]:
        """Meanwhile workflows are started, one after the other."""
        load = Load()
        enough = threading.Event()

        def work() -> None:
            with grpc.insecure_channel(self.grpc_address) as channel:
                stub = WorkflowServiceStub(channel)
                try:
                    while not enough.is_set():
                        load.runs.append(_start_workflow(stub, f"load-{len(load.runs)}"))
                except grpc.RpcError as error:
                    load.failure = str(error)

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield load
        finally:
            enough.set()
            thread.join()

    def _answers(self) -> bool:
        # The namespace comes last, some time after the frontend.
        try:
            with grpc.insecure_channel(self.grpc_address) as channel:
                request = DescribeNamespaceRequest(namespace="default")
                WorkflowServiceStub(channel).DescribeNamespace(request, timeout=2)
        except grpc.RpcError:
            return False
        return True


def _start_workflow(stub: WorkflowServiceStub, name: str) -> str:
    request = StartWorkflowExecutionRequest(
        namespace="default",
        workflow_id=name,
        request_id=name,
        workflow_type=WorkflowType(name="load"),
        task_queue=TaskQueue(name="load"),
    )
    return str(stub.StartWorkflowExecution(request, timeout=10).run_id)
