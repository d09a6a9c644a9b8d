"""A script that only reads, with the agent's drivers: the least that such rounds cost in Python.

`python -m tests.benchmarks.bare CONFIG PORT`: kept channels and connections, 16 threads, one cluster
begins at a time. It judges nothing, and has no schedule, no bounds and no metrics. The port only says that it
runs.
"""

from __future__ import annotations

import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import grpc
import psycopg
import yaml
from temporalio.api.workflowservice.v1 import GetClusterInfoRequest, WorkflowServiceStub

_THREADS = 16


class _Cluster:
    def __init__(self, frontend: str, urls: list[str]) -> None:
        self._stub: Any = WorkflowServiceStub(grpc.insecure_channel(frontend))
        self._stores = [psycopg.connect(url, autocommit=True, prepare_threshold=None) for url in urls]

    def read(self, statement: str) -> None:
        self._stub.GetClusterInfo(GetClusterInfoRequest(), timeout=5)
        for store in self._stores:
            store.execute(statement).fetchall()


class _Up(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Nobody reads it."""


def main(config: dict[str, Any], port: int) -> None:
    clusters = [
        _Cluster(frontend, urls) for frontend, urls in zip(config["frontends"], config["urls"], strict=True)
    ]
    server = HTTPServer(("127.0.0.1", port), _Up)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    begins = time.monotonic()
    with ThreadPoolExecutor(_THREADS) as pool:
        while True:
            for cluster in clusters:
                begins += config["every"]
                time.sleep(max(begins - time.monotonic(), 0))
                pool.submit(cluster.read, config["statement"])


if __name__ == "__main__":
    main(yaml.safe_load(Path(sys.argv[1]).read_text()), int(sys.argv[2]))
