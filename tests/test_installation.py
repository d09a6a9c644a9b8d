"""The command that adds an extra, for each kind of source that an installer records."""

from __future__ import annotations

import json
import shlex
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from agent.installation import install_command
from tests.laws import law

COMMIT = "0123456789abcdef0123456789abcdef01234567"
UNKNOWN = (
    "pip install 'SOURCE[mysql]', where SOURCE is the wheel, folder or package that the agent was "
    "installed from"
)


@contextmanager
def installed(recorded: str | None) -> Iterator[None]:
    """Metadata as pip writes them, with this `direct_url.json`; None: without that file."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        info = Path(folder) / "temporal_compat_agent-0.1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.4\nName: temporal-compat-agent\nVersion: 0.1.0\n")
        if recorded is not None:
            (info / "direct_url.json").write_text(recorded)
        patch.setattr(sys, "path", [folder, *sys.path])
        install_command.cache_clear()
        yield
    install_command.cache_clear()


# The records are those of packaging.python.org, "Direct URL Data Structure".
@law(
    [
        ({"url": "file:///src/agent", "dir_info": {"editable": True}}, "file:///src/agent"),
        (
            {"url": "file:///w/a-0.1.0-py3-none-any.whl", "archive_info": {}},
            "file:///w/a-0.1.0-py3-none-any.whl",
        ),
        (
            {"url": "https://git.example/a.git", "vcs_info": {"vcs": "git", "commit_id": COMMIT}},
            f"git+https://git.example/a.git@{COMMIT}",
        ),
        (
            {"url": "https://files.example/a.tar.gz", "archive_info": {}, "subdirectory": "python"},
            "https://files.example/a.tar.gz#subdirectory=python",
        ),
    ]
)
def test_the_command_installs_from_the_recorded_source(recorded: dict[str, object], source: str) -> None:
    with installed(json.dumps(recorded)):
        command = install_command("mysql")
        assert command == f"pip install 'temporal-compat-agent[mysql] @ {source}'"
        assert Requirement(shlex.split(command)[-1]).url == source
        assert install_command() == f"pip install 'temporal-compat-agent @ {source}'"


@law([None, "", "{}", "no JSON", "[]", '{"url": ""}', '{"url": null}'])
def test_without_a_recorded_source_the_words_say_what_to_fill_in(recorded: str | None) -> None:
    with installed(recorded):
        assert install_command("mysql") == UNKNOWN


def test_a_checkout_that_is_not_installed_has_the_same_words(monkeypatch: pytest.MonkeyPatch) -> None:
    install_command.cache_clear()
    monkeypatch.setattr(sys, "path", [])
    assert install_command("mysql") == UNKNOWN
    install_command.cache_clear()
