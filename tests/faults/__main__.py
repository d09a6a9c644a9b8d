"""Bring about every fault for every kind of target and write what comes of it: `python -m tests.faults`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.faults.rounds import measure
from tests.faults.table import add, load, save
from tests.probes.contract import KINDS
from tests.reference import write


def main() -> int:
    """Exit code 1: a law does not hold. What the file has already stays next to what is new."""
    table, breaches = load(), 0
    for kind in KINDS:
        with tempfile.TemporaryDirectory() as folder:
            for fault, result in measure(kind, Path(folder)).items():
                add(table, fault, kind, result.reason)
                sys.stdout.write(f"{fault} | {kind} | {result.reason}\n")
                for breach in result.breaches:
                    sys.stdout.write(f"  BREACH: {breach}\n")
                breaches += len(result.breaches)
    save(table)
    write("faults")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
