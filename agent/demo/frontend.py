"""A simulated Temporal frontend that speaks the real protocol; only for the demo."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import grpc
from temporalio.api.workflowservice.v1 import (
    GetClusterInfoRequest,
    GetClusterInfoResponse,
    GetSystemInfoRequest,
    GetSystemInfoResponse,
)

_SERVICES = ("frontend", "history", "matching", "worker")


class Frontend:
    """Answers GetClusterInfo and GetSystemInfo like a server of one version whose stores use this plugin."""

    def __init__(self, version: str, name: str, plugin: str = "sqlite") -> None:
        cluster = GetClusterInfoResponse(
            server_version=version,
            cluster_id=f"demo-{name}",
            cluster_name="active",
            history_shard_count=4,
            persistence_store=plugin,
            visibility_store=plugin,
        )
        methods = {
            "GetClusterInfo": _method(GetClusterInfoRequest, cluster),
            "GetSystemInfo": _method(GetSystemInfoRequest, GetSystemInfoResponse(server_version=version)),
        }
        service = "temporal.api.workflowservice.v1.WorkflowService"
        self._server = grpc.server(ThreadPoolExecutor(1))
        self._server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(service, methods)])
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def close(self) -> None:
        self._server.stop(grace=None)


def _method(request: Any, answer: Any) -> grpc.RpcMethodHandler[Any, Any]:
    return grpc.unary_unary_rpc_method_handler(
        lambda _request, _context: answer,
        request_deserializer=request.FromString,
        response_serializer=type(answer).SerializeToString,
    )


class Metrics:
    """The /metrics of one process with all services of one version, in the format of Temporal's tally."""

    def __init__(self, version: str) -> None:
        lines = [
            f'build_information{{build_version="{version.replace(".", "_")}",service_name="{service}"}} 1'
            for service in _SERVICES
        ]
        body = ("# TYPE build_information gauge\n" + "\n".join(lines) + "\n").encode()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
                """Log nothing: the demo prints the agent's log."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/metrics"
        # The poll interval of the server is how long closing it takes.
        Thread(target=self._server.serve_forever, args=(0.02,), name="demo-metrics", daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
