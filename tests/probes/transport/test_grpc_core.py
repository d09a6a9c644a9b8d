"""A process without descriptors goes on: gRPC's core has its own before."""

from __future__ import annotations

import subprocess
import sys

from tests.laws import law

#: Uses up all descriptors but `free`, then calls a frontend that is not there.
STARVED = """
import os, resource, sys
import grpc
from agent.probes import prepare

prepare(["temporal_grpc"])
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
held = []
try:
    while True:
        held.append(os.open("/dev/null", 0))
except OSError:
    for _ in range(int(sys.argv[1])):
        os.close(held.pop())
for _ in range(2):
    with grpc.insecure_channel("127.0.0.1:1") as channel:
        try:
            channel.unary_unary("/a/b")(b"", timeout=5)
        except grpc.RpcError as error:
            print(error.code().name)
"""


def prepared(free: int) -> tuple[int, list[str]]:
    command = [sys.executable, "-c", STARVED, str(free)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout.split()


# A process that is not prepared is no part of the test: how many descriptors end it differs between machines.
@law(range(4))
def test_without_descriptors_a_call_fails_and_the_process_goes_on(free: int) -> None:
    assert prepared(free) == (0, ["UNAVAILABLE", "UNAVAILABLE"])
