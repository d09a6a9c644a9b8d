"""Many frontends in one process, each on its own port with its own cluster id; they count what they answer.

`python -m tests.frontends COUNT` prints their addresses, one a line, and serves until it is killed.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
import grpc
from temporalio.api.workflowservice.v1 import GetClusterInfoRequest, GetClusterInfoResponse

_SERVICE = "temporal.api.workflowservice.v1.WorkflowService"


class CountingFrontends:
    """Frontends of Temporal's protocol that answer GetClusterInfo, on one event loop."""

    def __init__(self, count: int, plugin: str, version: str = "1.31.2") -> None:
        """`plugin`: the stores' plugin that they report."""
        #: By number of the frontend: when it was called, in seconds of the monotonic clock.
        self.calls: list[list[float]] = [[] for _ in range(count)]
        #: By number of the frontend: the connections that were used, as gRPC names them.
        self.peers: list[set[str]] = [set() for _ in range(count)]
        self.addresses: list[str] = []
        self._loop = asyncio.new_event_loop()
        self._servers: list[grpc.aio.Server] = []
        self._loop.run_until_complete(self._start(plugin, version))
        self._thread = threading.Thread(target=self._loop.run_forever, name="frontends", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop at once."""
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _start(self, plugin: str, version: str) -> None:
        for number in range(len(self.calls)):
            server = grpc.aio.server()
            server.add_generic_rpc_handlers([self._handler(number, plugin, version)])
            self.addresses.append(f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}")
            await server.start()
            self._servers.append(server)

    async def _stop(self) -> None:
        await asyncio.gather(*(server.stop(None) for server in self._servers))

    def _handler(self, number: int, plugin: str, version: str) -> grpc.GenericRpcHandler:
        reply = GetClusterInfoResponse(
            server_version=version,
            cluster_id=f"cluster-id-{number}",
            cluster_name="active",
            history_shard_count=4,
            persistence_store=plugin,
            visibility_store=plugin,
        )
        calls, peers = self.calls[number], self.peers[number]

        async def cluster_info(_request: Any, context: Any) -> GetClusterInfoResponse:
            calls.append(time.monotonic())
            peers.add(context.peer())
            return reply

        method = grpc.unary_unary_rpc_method_handler(
            cluster_info,
            request_deserializer=GetClusterInfoRequest.FromString,
            response_serializer=GetClusterInfoResponse.SerializeToString,
        )
        return grpc.method_handlers_generic_handler(_SERVICE, {"GetClusterInfo": method})


@contextmanager
def counting_frontends(count: int, plugin: str = "sqlite") -> Iterator[CountingFrontends]:
    """Frontends that serve while the context is entered."""
    frontends = CountingFrontends(count, plugin)
    try:
        yield frontends
    finally:
        frontends.close()


def main(count: int, plugin: str) -> None:
    with counting_frontends(count, plugin) as frontends:
        click.echo("\n".join(frontends.addresses))
        signal.pause()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
