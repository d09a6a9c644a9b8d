"""A wrong word on the command line: the message names the right one."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from tests.commands import command
from tests.laws import law

CONFIGURATION = "clusters: [{name: orders-live, temporal: {frontend: 't:7233'}}]"
STACK = ("check", "--server", "1.31.2", "--persistence")


@law(
    [
        (("chek",), "'check'"),
        (("matrix", "lst"), "'list'"),
        (("check", "--sever", "1.31.2"), "'--server'"),
        (("check", "--format", "jsn"), "json"),
        ((*STACK, "postgres=15.4"), "postgresql"),
        ((*STACK, "maria=10.11"), "mariadb"),
        ((*STACK, "postgresql=15.4", "--plugin", "postgress12"), "postgres12"),
        ((*STACK, "postgresql=15.4", "--schema", "persistance=1.19"), "persistence"),
        (("check", "--config.file", "FILE", "--cluster", "order-live"), "orders-live"),
        (("check", "--config.file", "FILE", "--only", "persistance"), "persistence"),
        (("check", "--config.file", "FILE", "--fail-on", "untestd"), "untested"),
        (("plan", "--config.file", "FILE", "--cluster", "order-live", "--to", "1.31.2"), "orders-live"),
        (("plan", "--from", "1.30.4", "--to", "1.31.222"), "1.31."),
        (("explain", "schema_behnd"), "schema_behind"),
        (("matrix", "show", "1.31.22"), "1.31.2"),
        (("matrix", "find", "postgre=15"), "postgresql"),
        (("matrix", "find", "postgresq", "--server", "1.29"), "postgresql"),
        (("matrix", "find", "postgresql=15", "--role", "persistance"), "persistence"),
        (("matrix", "find", "postgresql=15", "--plugin", "postgres21"), "postgres12"),
        (("rules", "--set", "shema_behind_for=1m"), "schema_behind_for"),
    ]
)
def test_the_closest_word_is_named(arguments: tuple[str, ...], right: str) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "agent.yaml"
        file.write_text(CONFIGURATION)
        result = command(*(str(file) if word == "FILE" else word for word in arguments))
    assert result.exit_code == 2
    assert right in result.stderr.splitlines()[-1]
    if "222" not in result.stderr:
        assert "id you mean " in result.stderr


@law(
    [
        ((), "Commands:"),
        (("check",), "write either --config.file FILE"),
        (("plan", "--to", "1.31.2"), "write either --config.file FILE"),
        (("check", "--server", "1.31.2", "--wait", "10s"), "--wait needs --config.file"),
        (("check", "--config.file", "nowhere.yaml", "--wait", "10"), "such as 90s, 10m or 1h30m"),
        ((*STACK, "postgresql"), "write NAME=VERSION"),
    ]
)
def test_a_command_without_what_it_needs_says_what_to_write(arguments: tuple[str, ...], text: str) -> None:
    result = command(*arguments)
    assert result.exit_code == 2
    assert text in result.output
