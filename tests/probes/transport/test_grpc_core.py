"""A process without descriptors goes on: gRPC's core has its own before."""

from __future__ import annotations

import subprocess
import sys

#: Uses up all descriptors but `free`, then calls a frontend that is not there.
STARVED = """
import os, resource, sys
import grpc
from agent.probes import prepare

if sys.argv[2] == "prepared":
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


def starved(free: int, *how: str) -> tuple[int, list[str]]:
    command = [sys.executable, "-c", STARVED, str(free), *(how or ("as it is",))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout.split()


def test_without_descriptors_a_call_fails_and_the_process_goes_on() -> None:
    assert starved(1) == (-6, [])
    assert starved(1, "prepared") == (0, ["UNAVAILABLE", "UNAVAILABLE"])
