"""Makes an installed environment smaller, by files that the agent never loads: `python3 trim.py ENVIRONMENT`.

For the container image and the Debian package. It runs in the build stage of the image, so it needs only the
standard library.
"""

from __future__ import annotations

import shutil
import struct
import sys
from pathlib import Path

#: Temporal's SDK, of which the agent uses only the messages: client and worker are 50 MB.
SDK, SDK_MESSAGES = "temporalio", "api"
#: Folders below `site-packages`: object mappers, helpers for tests, dialects that no store of Temporal has.
UNUSED = (
    "cassandra/cqlengine",
    "cassandra/datastax",
    "sqlalchemy/dialects/mssql",
    "sqlalchemy/dialects/oracle",
    "sqlalchemy/ext",
    "sqlalchemy/testing",
    "temporalio/api/cloud",
    "temporalio/api/testservice",
)
#: Type stubs, and the sources of compiled modules.
UNUSED_SUFFIXES = {".c", ".cpp", ".h", ".pxd", ".pyi", ".pyx"}
#: What pip writes for itself: where a package came from, and its files, of which some are gone now.
UNUSED_NAMES = {"RECORD", "REQUESTED", "direct_url.json"}

#: Offsets in the header of a 64-bit little-endian ELF file, from elf(5): `Elf64_Ehdr` and `Elf64_Phdr`.
_ELF64_LITTLE_ENDIAN = b"\x7fELF\x02\x01"
_PROGRAM_HEADERS, _SECTION_HEADERS, _PROGRAM_HEADER_SIZES, _SECTION_HEADER_SIZES = 32, 40, 54, 58
_SEGMENT_OFFSET, _SEGMENT_SIZE = 8, 32


def trim(environment: Path) -> None:
    """Remove from the virtual environment what the agent never loads.

    Raises `FileNotFoundError` if a folder of `UNUSED` does not exist: then a library has changed.
    """
    (packages,) = environment.glob("lib/python3.*/site-packages")
    for name in UNUSED:
        shutil.rmtree(packages / name)
    for path in (packages / SDK).iterdir():
        if path.is_dir() and path.name != SDK_MESSAGES:
            shutil.rmtree(path)
        elif path.is_file():
            path.unlink()
    # The SDK's own file imports its client.
    (packages / SDK / "__init__.py").touch()
    for path in sorted(packages.rglob("*")):
        if path.suffix in UNUSED_SUFFIXES or path.name in UNUSED_NAMES:
            path.unlink()
        elif ".so" in path.suffixes:
            path.write_bytes(without_symbols(path.read_bytes()))


def without_symbols(library: bytes) -> bytes:
    """A shared library without what follows its last segment: section headers, symbols, debug information.

    The dynamic loader reads only segments (elf(5)). Slim base images do not have `strip`, the usual way.
    What is not a 64-bit little-endian ELF file is returned unchanged.
    """
    if not library.startswith(_ELF64_LITTLE_ENDIAN):
        return library
    (first,) = struct.unpack_from("<Q", library, _PROGRAM_HEADERS)
    size, count = struct.unpack_from("<HH", library, _PROGRAM_HEADER_SIZES)
    headers = range(first, first + size * count, size)
    end = max(headers.stop, *(_end_of_segment(library, header) for header in headers))
    shorter = bytearray(library[:end])
    struct.pack_into("<Q", shorter, _SECTION_HEADERS, 0)
    struct.pack_into("<HHH", shorter, _SECTION_HEADER_SIZES, 0, 0, 0)
    return bytes(shorter)


def _end_of_segment(library: bytes, header: int) -> int:
    (offset,) = struct.unpack_from("<Q", library, header + _SEGMENT_OFFSET)
    (size,) = struct.unpack_from("<Q", library, header + _SEGMENT_SIZE)
    return int(offset + size)


if __name__ == "__main__":
    trim(Path(sys.argv[1]))
