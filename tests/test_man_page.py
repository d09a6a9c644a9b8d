"""The man page: the one in docs/man is current, complete, and valid for man(1)."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import click
import pytest

from tests.man_page import PATH, man_page
from tests.reference import commands


def test_the_committed_page_equals_the_help_texts_and_no_text_is_a_macro() -> None:
    assert PATH.read_text(encoding="utf-8") == man_page(commands()), "make docs writes it again"
    command = click.Command("x", help="First.\n\n.so /etc/passwd and a \\\\ with 'quotes'")
    (line,) = [line for line in man_page([("x", command)]).splitlines() if "passwd" in line]
    assert line.startswith(r"\&.so")
    assert r"\e" in line


@pytest.mark.skipif(
    not shutil.which("groff") and os.environ.get("CI") != "true", reason="groff is not installed"
)
def test_groff_has_no_warning_and_prints_every_flag_as_people_type_it() -> None:
    done = subprocess.run(
        ["groff", "-man", "-ww", "-Tutf8", "-P-cbou", "-rLL=400n"],
        input=man_page(commands()).encode(),
        capture_output=True,
        check=True,
    )
    assert done.stderr == b""
    words = set(re.split(r"[\s,]+", done.stdout.decode()))
    flags = {
        flag for _, each in commands() for p in each.params if isinstance(p, click.Option) for flag in p.opts
    }
    assert sorted(flags - words) == []
