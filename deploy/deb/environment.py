"""A virtual environment for the Python of another machine, with nothing of the machine that builds it."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from pathlib import Path

from deploy.release.inventory import install
from deploy.trim import trim

#: Below the root of the file system.
HOME = Path("usr", "lib", "temporal-compat-agent")
#: The minor version of the C library of manylinux2014, the oldest that the libraries support (PEP 599).
OLDEST_C_LIBRARY = 17

_PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"
_PROGRAM = f"""#!/{HOME}/bin/python3
import sys

from agent.cli import main

sys.exit(main())
"""
_SETTINGS = f"""home = /usr/bin
include-system-site-packages = false
version = {sys.version_info.major}.{sys.version_info.minor}
"""


def create(tree: Path, wheel: Path, lock: Path) -> str:
    """Create the environment in `HOME` below `tree`, with the wheel and the libraries of the lock.

    Returns the version of the C library that it needs, such as `2.34`.
    """
    home = tree / HOME
    with tempfile.TemporaryDirectory() as folder:
        staged = Path(folder) / "environment"
        install(wheel, lock, staged, Path(folder) / "wheels")
        trim(staged)
        shutil.copytree(staged / "lib", home / "lib", symlinks=True)
    (home / "pyvenv.cfg").write_text(_SETTINGS, encoding="utf-8")
    programs = home / "bin"
    programs.mkdir()
    (programs / "temporal-compat-agent").write_text(_PROGRAM, encoding="utf-8")
    (programs / "python3").symlink_to(f"../../../bin/{_PYTHON}")
    return _c_library(home)


def _c_library(home: Path) -> str:
    """By the tags of the installed wheels (PEP 600); of the tags of one wheel, the oldest counts."""
    newest = OLDEST_C_LIBRARY
    for file in home.glob("lib/*/site-packages/*.dist-info/WHEEL"):
        if found := re.findall(r"manylinux_2_(\d+)_", file.read_text(encoding="utf-8")):
            newest = max(newest, min(map(int, found)))
    return f"2.{newest}"
