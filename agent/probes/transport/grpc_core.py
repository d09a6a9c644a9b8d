"""Keeps gRPC's core alive, so that it never begins while the process has no descriptor left."""

from __future__ import annotations

from functools import cache

import grpc


@cache
def keep_core() -> grpc.Channel:
    """A channel that connects to nothing and stays open.

    The core opens its descriptors with the first channel and closes them with the last one. When it gets none
    it ends the process ("Eventfd wakeup fd is not supported"; seen with grpcio 1.85.3).
    """
    return grpc.insecure_channel("127.0.0.1:1")
