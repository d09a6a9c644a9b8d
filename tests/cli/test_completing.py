"""Shell completion, in real shells."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from click.shell_completion import ShellComplete

from agent.cli import cli
from tests.commands import command
from tests.laws import law

CONFIGURATION = """
clusters:
  - {name: orders-live, temporal: {frontend: "t:7233"}}
  - {name: payments-live, temporal: {frontend: "t:7233"}}
"""
#: What is typed, and what the shell must offer.
TYPED = [
    ("pl", ["plan"]),
    ("comp", ["completion"]),
    ("plan --to 1.31.", ["1.31.2"]),
    ("check --assume-se", ["--assume-server"]),
    ("check --server 1.32.", ["1.32.2"]),
    ("check --config.file FILE --cluster ", ["orders-live", "payments-live"]),
    ("plan --config.file FILE --cluster p", ["payments-live"]),
    ("check --persistence postg", ["postgresql"]),
    ("check --visibility alloy", ["alloydb"]),
    ("check --plugin postgres12_", ["postgres12_pgx"]),
    ("check --only persistence,sch", ["persistence,schema"]),
    ("check --fail-on untested,cri", ["untested,critical-advisory"]),
    ("explain schema_b", ["schema_behind"]),
    ("matrix find open", ["opensearch"]),
    ("completion ", ["bash", "zsh", "fish"]),
]
#: Fills the variables as bash does when Tab is pressed, and prints what the function offers.
_TAB = """
eval "$(temporal-compat-agent completion bash)"
COMP_WORDS=(temporal-compat-agent $1)
[ "${1% }" = "$1" ] || COMP_WORDS+=("")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_temporal_compat_agent_completion temporal-compat-agent
printf '%s\\n' "${COMPREPLY[@]}"
"""
#: Runs an interactive zsh in a terminal, types $1, completes it, and prints the line. No variable is `$X:Y`:
#: zsh reads a modifier there.
_ZSH_TERMINAL = """
zmodload zsh/zpty
zpty terminal zsh -fi
zpty -w terminal 'autoload -U compinit; compinit -u -D; eval "$(temporal-compat-agent completion zsh)"'
zpty -w terminal 'finish() { zle complete-word; print -r -- "${:-found}<$BUFFER>" }'
zpty -w terminal 'zle -N finish; bindkey "^T" finish; print ${:-rea}dy'
zpty -r terminal line '*ready*'
zpty -w -n terminal "temporal-compat-agent $1"$'\x14'
zpty -r terminal line '*found<*>*'
zpty -d terminal
print -r -- ${${line##*found<}%%>*}
"""
_FISH = "temporal-compat-agent completion fish | source; complete --do-complete $argv[1]"


def missing(name: str) -> pytest.MarkDecorator:
    """A mark for a test that needs this shell; `.ci/install` installs it."""
    skip = shutil.which(name) is None and os.environ.get("CI") != "true"
    return pytest.mark.skipif(skip, reason=f"{name} is not installed")


def shell(name: str, script: str, *arguments: str) -> str:
    """What a script prints in this shell, with the program on its path."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    run = subprocess.run(
        [name, "-c", script, *([] if name == "fish" else [name]), *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env={"PATH": path, "HOME": "/nonexistent"},
        check=True,
    )
    return run.stdout


def offered(*words: str) -> list[str]:
    """What is offered for the last of these words."""
    complete = ShellComplete(cli, {}, "temporal-compat-agent", "_TEMPORAL_COMPAT_AGENT_COMPLETE")
    return [item.value for item in complete.get_completions(list(words[:-1]), words[-1])]


@law(TYPED)
def test_commands_flags_and_names_are_offered(typed: str, wanted: list[str]) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "agent.yaml"
        file.write_text(CONFIGURATION)
        found = offered(*typed.replace("FILE", str(file)).split(" "))
    assert [word for word in wanted if word not in found] == []


def test_without_a_readable_configuration_no_cluster_is_offered(tmp_path: Path) -> None:
    for place in ([], ["--config.file", str(tmp_path / "nowhere.yaml")]):
        assert offered("check", *place, "--cluster", "") == []


def test_bash_completes_as_the_script_says(tmp_path: Path) -> None:
    file = tmp_path / "agent.yaml"
    file.write_text(CONFIGURATION)
    assert shell("bash", _TAB, f"check --config.file {file} --cluster ").split() == [
        "orders-live",
        "payments-live",
    ]
    assert shell("bash", _TAB, "explain schema_b").split() == ["schema_behind"]
    assert shell("bash", _TAB, "pl").split() == ["plan"]


@missing("zsh")
def test_zsh_completes_as_the_script_says(tmp_path: Path) -> None:
    file = tmp_path / "agent.yaml"
    file.write_text(CONFIGURATION)
    for typed, line in (
        (f"check --config.file {file} --cluster p", f"check --config.file {file} --cluster payments-live "),
        ("explain schema_b", "explain schema_behind "),
        ("pl", "plan "),
    ):
        assert shell("zsh", _ZSH_TERMINAL, typed) == f"temporal-compat-agent {line}\n"


@missing("fish")
def test_fish_completes_as_the_script_says(tmp_path: Path) -> None:
    file = tmp_path / "agent.yaml"
    file.write_text(CONFIGURATION)
    for typed, words in (
        (f"check --config.file {file} --cluster ", ["orders-live", "payments-live"]),
        ("explain schema_b", ["schema_behind"]),
        ("pl", ["plan"]),
    ):
        # fish prints the description of a word after a tab.
        printed = shell("fish", _FISH, f"temporal-compat-agent {typed}")
        assert [line.split("\t")[0] for line in printed.splitlines()] == words


def test_an_unknown_shell_is_refused() -> None:
    assert command("completion", "tcsh").exit_code == 2
