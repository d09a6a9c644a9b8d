"""The tables in the documentation that repeat what the code says. `python -m tests.reference` writes them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from agent.cli import cli
from agent.metrics.families import AGENT_FAMILIES, CLUSTER_FAMILIES
from agent.metrics.family import Family
from agent.model.roles import ROLES
from agent.model.vocabulary import CHECKS, Check
from agent.verdict.checks import SECTIONS

DOCS = Path(__file__).parents[1] / "docs"

_BEGIN, _END = "<!-- generated: begin -->\n", "<!-- generated: end -->\n"


def metrics() -> str:
    """The tables of docs/metrics.md."""
    return (
        "## Of a cluster\n\n"
        + _table(
            "metric type labels meaning", [_metric(family, "temporal_cluster") for family in CLUSTER_FAMILIES]
        )
        + "\n## Of the agent itself\n\n"
        + _table("metric type labels meaning", [_metric(family) for family in AGENT_FAMILIES])
    )


def _metric(family: Family[Any], *first: str) -> tuple[str, ...]:
    labels = ", ".join(f"`{label}`" for label in (*first, *family.labels))
    return f"`{family.series}`", family.kind, labels, family.help


def roles() -> str:
    """The table of roles and their checks in docs/verdicts.md."""
    return "## Roles and checks\n\n" + _table("role what_fills_it checks decides", list(_roles()))


def _roles() -> Iterator[tuple[str, ...]]:
    for role, info in ROLES.items():
        judged = {row.check for section in SECTIONS if role in section.roles for row in section.rows}
        names = ", ".join(f"`{check}`" for check in Check if check in judged)
        yield f"`{role}`", info.meaning, names, "yes" if info.decides else "no"


def checks() -> str:
    """The table of checks in the README."""
    rows = [(f"`{check}`", info.question, "yes" if info.decides else "no") for check, info in CHECKS.items()]
    return _table("check question decides", rows)


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command by its full name, groups before what they hold."""
    yield from _below("", cli)


def _below(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    if name:
        yield name, command
    if isinstance(command, click.Group):
        for key, child in command.commands.items():
            yield from _below(f"{name} {key}".strip(), child)


def command_line() -> str:
    """The sections of docs/cli.md, one a command."""
    return "\n".join(_section(name, command) for name, command in commands())


def _section(name: str, command: click.Command) -> str:
    arguments = " ".join(
        parameter.human_readable_name for parameter in command.params if isinstance(parameter, click.Argument)
    )
    section = f"## `{f'{name} {arguments}'.strip()}`\n\n{_prose(command.help or '')}\n"
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    rows = [_option(option) for option in options]
    return section + (f"\n{_table('flag value default meaning', rows)}" if rows else "")


def _option(option: click.Option) -> tuple[str, ...]:
    value = "" if option.is_flag else _prose(option.make_metavar(click.Context(cli))).replace("|", r"\|")
    default = option.default if isinstance(option.default, str) else ""
    name = ", ".join(f"`{flag}`" for flag in option.opts)
    marked = f"`{value}`" if value else ""
    return name, marked, f"`{default}`" if default else "", _prose(option.help or "") + _required(option)


def _required(option: click.Option) -> str:
    return " Required." if option.required else ""


def _prose(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("\b", "")).strip()


def _table(columns: str, rows: Sequence[Sequence[str]]) -> str:
    names = [name.replace("_", " ") for name in columns.split()]
    lines = [names, ["---"] * len(names), *rows]
    return "".join(re.sub(r"\|\s+(?=\|)", "| ", f"| {' | '.join(cells)} |\n") for cells in lines)


GENERATED = {
    "metrics.md": metrics,
    "cli.md": command_line,
    "verdicts.md": roles,
    "../README.md": checks,
}


def generated_part(page: str) -> str:
    """What stands between the marks of a page."""
    _, begin, rest = (DOCS / page).read_text(encoding="utf-8").partition(_BEGIN)
    part, end, _ = rest.partition(_END)
    assert begin
    assert end
    return part.strip("\n") + "\n"


def write(page: str) -> None:
    path = DOCS / page
    head, _, rest = path.read_text(encoding="utf-8").partition(_BEGIN)
    tail = rest.partition(_END)[2]
    path.write_text(f"{head}{_BEGIN}\n{GENERATED[page]()}\n{_END}{tail}", encoding="utf-8")


if __name__ == "__main__":
    for name in GENERATED:
        write(name)
