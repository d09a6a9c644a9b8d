"""Commands where nothing can be written, run by a user without an entry in /etc/passwd and without a home."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import click
import pytest

from agent.cli.temporary import need_temporary_folder

#: In a mount namespace of its own, every file system becomes read-only; then the user changes. The capability
#: lets it read a checkout that only root may read, and a read-only file system still refuses to be written.
_SCRIPT = """
for place in / $(awk '$2 !~ "^/(proc|sys)?(/|$)" {print $2}' /proc/mounts); do
    mount -o remount,bind,ro "$place"
done 2>/dev/null
for place in /tmp /var/tmp /; do
    if touch "$place/written" 2>/dev/null; then rm "$place/written"; exit 77; fi
done
cd /
exec setpriv --reuid 54321 --regid 54321 --clear-groups --inh-caps +dac_override \
    --ambient-caps +dac_override env -i PATH="$PATH" sh -c '
    temporal-compat-agent "$@" </dev/null
    echo $?
    temporal-compat-agent config init --from - </dev/null
    echo $?
    temporal-compat-agent demo
    echo $?' sh "$@"
"""
_OFFLINE = ("check", "--server", "1.31.2", "--plugin", "postgres12", "--persistence", "postgresql=15.4")


def test_a_command_that_needs_temporary_files_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    need_temporary_folder()
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: [str(tmp_path / "missing")])
    with pytest.raises(click.ClickException, match="Set TMPDIR to a folder that this user can write to"):
        need_temporary_folder()


def test_on_a_read_only_file_system_each_command_works_or_names_the_remedy() -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", _SCRIPT, "sh", *_OFFLINE],
        capture_output=True,
        text=True,
        env={"PATH": path},
        timeout=120,
        check=False,
    )
    if done.returncode == 77 or "unshare failed" in done.stderr or "setpriv" in done.stderr:
        pytest.skip(f"this user may not make a file system read-only here: {done.stderr.strip()}")
    # Exit code 1 of `check`: without a visibility store Temporal does not start.
    assert re.findall(r"^[0-9]$", done.stdout, re.MULTILINE) == ["1", "2", "2"], done.stdout + done.stderr
    assert done.stderr.count("Error: this command writes temporary files") == 2
    assert "Traceback" not in done.stderr
