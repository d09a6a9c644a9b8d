"""What the environments of the image and the Debian package leave out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from yaml import _yaml

from deploy.trim import UNUSED, trim, without_symbols

LIBRARY = Path(_yaml.__file__)


def test_a_library_without_its_symbols_is_smaller_and_still_loads(tmp_path: Path) -> None:
    content = LIBRARY.read_bytes()
    trimmed = without_symbols(content)
    assert len(trimmed) < len(content) / 2
    assert without_symbols(trimmed) == trimmed
    (tmp_path / LIBRARY.name).write_bytes(trimmed)
    code = (
        "import sys, _yaml; assert _yaml.__file__.startswith(sys.path[0]); print(_yaml.get_version_string())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, _yaml.get_version_string()), done.stderr


def test_what_is_not_such_a_library_stays_as_it_is() -> None:
    for content in (b"", b"#!/bin/sh\n", b"\x7fELF\x01\x01" + bytes(60), b"\x7fELF\x02\x02" + bytes(60)):
        assert without_symbols(content) == content


def test_a_library_without_a_folder_of_the_list_is_an_error(tmp_path: Path) -> None:
    packages = tmp_path / "lib" / "python3.11" / "site-packages"
    for name in UNUSED[:-1]:
        (packages / name).mkdir(parents=True)
    with pytest.raises(FileNotFoundError, match=UNUSED[-1]):
        trim(tmp_path)
