"""The tables and pictures in docs/ and README.md that repeat other files. `make docs` writes them again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from agent.cli import cli
from agent.matrix import load
from agent.matrix.trial import Trial
from agent.metrics.agent import ROUND_DURATION, ROUND_DURATION_HELP
from agent.metrics.families import AGENT_FAMILIES, CLUSTER_FAMILIES
from agent.metrics.family import Family
from agent.model.reasons import REASONS, ReasonInfo
from agent.model.roles import ROLES
from agent.model.vocabulary import CHECKS, Check
from agent.reports.reason_document import reason_document
from agent.reports.reasons import reason_markdown
from agent.verdict.checks import SECTIONS
from tests import man_page
from tests.delivery.doors import record
from tests.faults.table import rows as fault_rows
from tests.import_graph import mermaid, rooms

DOCS = Path(__file__).parents[1] / "docs"

_END = "<!-- generated: end -->\n"


def metrics() -> str:
    """The tables of docs/metrics.md."""
    return (
        "## Of a cluster\n\n"
        + _table(
            "metric type labels meaning", [_metric(family, "temporal_cluster") for family in CLUSTER_FAMILIES]
        )
        + "\n## Of the agent itself\n\n"
        + _table(
            "metric type labels meaning",
            [
                *(_metric(family) for family in AGENT_FAMILIES),
                (f"`{ROUND_DURATION}`", "histogram", "", ROUND_DURATION_HELP),
            ],
        )
    )


def _metric(family: Family[Any], *first: str) -> tuple[str, ...]:
    labels = ", ".join(f"`{label}`" for label in (*first, *family.labels))
    return f"`{family.series}`", family.kind, labels, family.help


def roles() -> str:
    """The table of roles and their checks in docs/verdicts.md."""
    return _table("role what_fills_it checks decides", list(_roles()))


def _roles() -> Iterator[tuple[str, ...]]:
    for role, info in ROLES.items():
        judged = {row.check for section in SECTIONS if role in section.roles for row in section.rows}
        names = ", ".join(f"`{check}`" for check in Check if check in judged)
        yield f"`{role}`", info.meaning, names, "yes" if info.decides else "no"


def checks() -> str:
    """The table of checks in docs/verdicts.md."""
    rows = [(f"`{check}`", info.question, "yes" if info.decides else "no") for check, info in CHECKS.items()]
    return _table("check question decides", rows)


def reasons() -> str:
    """The table of reason codes in docs/verdicts.md."""
    return _table("reason meaning verdict check", [_reason(info) for info in REASONS.values()])


def _reason(info: ReasonInfo) -> tuple[str, ...]:
    kinds = {"finding": info.is_finding, "failed probe": info.is_probe_failure, "plan": not info.answers}
    verdicts = [*info.verdicts, *(kind for kind, holds in kinds.items() if holds)]
    # Where every check may have it, the list says nothing.
    checks = "any" if len(info.checks) == len(Check) else ", ".join(info.checks)
    return (
        f"`{info.code}`",
        f"*{info.title}.* {info.meaning}".replace("|", r"\|"),
        ", ".join(verdicts),
        checks,
    )


def explained_reasons() -> str:
    """The sections of docs/reasons.md, one a reason."""
    sections = (f"## {code}\n\n{reason_markdown(reason_document(code), 'runbooks')}\n" for code in REASONS)
    return "\n".join(sections)


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


def architecture() -> str:
    """The picture and the table of docs/architecture.md."""
    graph = rooms()
    rows = [
        (f"`{room}`", ", ".join(f"`{target}`" for target in sorted(targets)))
        for room, targets in sorted(graph.items())
    ]
    return f"{mermaid(graph)}\n{_table('room imports', rows)}"


def faults() -> str:
    """The table of faults in docs/reliability.md."""
    return _table("fault reason", list(fault_rows()))


def evidence() -> str:
    """The table of trials in docs/evidence.md: a row for each pair of stores, a column for each release."""
    trials = load().support.evidence.all
    by_number = {trial.release.number: trial.release.raw for trial in trials}
    releases = [by_number[number] for number in sorted(by_number, reverse=True)]
    pairs = sorted({(trial.persistence.title, trial.visibility.title) for trial in trials})
    cells = {(t.persistence.title, t.visibility.title, t.release.raw): _trial(t) for t in trials}
    rows = [(*pair, *(cells.get((*pair, release), "") for release in releases)) for pair in pairs]
    worked = sum(trial.failure is None for trial in trials)
    head = f"{len(trials)} trials, {worked} worked and {len(trials) - worked} failed.\n\n"
    return head + _table(f"persistence visibility {' '.join(releases)}", rows)


def _trial(trial: Trial) -> str:
    result = f"failed at {trial.failure.step}" if trial.failure else "worked"
    return f"{result}, {trial.on}, {trial.seconds} s"


def doors() -> str:
    """The table of doors in README.md."""
    measured = record.load()
    when = f"Measured on {measured.date}, {measured.machine}, with other programs running.\n\n"
    return when + _table("door commands seconds where_it_ends", record.rows(measured))


def _prose(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("\b", "")).strip()


def _table(columns: str, rows: Sequence[Sequence[str]]) -> str:
    names = [name.replace("_", " ") for name in columns.split()]
    lines = [names, ["---"] * len(names), *rows]
    return "".join(re.sub(r"\|\s+(?=\|)", "| ", f"| {' | '.join(cells)} |\n") for cells in lines)


#: Every generated part by its name: the page that holds it, from docs/, and what writes it.
GENERATED = {
    "metrics": ("metrics.md", metrics),
    "commands": ("cli.md", command_line),
    "architecture": ("architecture.md", architecture),
    "checks": ("verdicts.md", checks),
    "roles": ("verdicts.md", roles),
    "reasons": ("verdicts.md", reasons),
    "explained reasons": ("reasons.md", explained_reasons),
    "faults": ("reliability.md", faults),
    "evidence": ("evidence.md", evidence),
    "doors": ("../README.md", doors),
}


def generated_part(name: str) -> str:
    """What is between the marks of a part."""
    page, _ = GENERATED[name]
    _, begin, rest = (DOCS / page).read_text(encoding="utf-8").partition(_begin(name))
    part, end, _ = rest.partition(_END)
    assert begin
    assert end
    return part.strip("\n") + "\n"


def write(name: str) -> None:
    page, render = GENERATED[name]
    path = DOCS / page
    head, begin, rest = path.read_text(encoding="utf-8").partition(_begin(name))
    tail = rest.partition(_END)[2]
    path.write_text(f"{head}{begin}\n{render()}\n{_END}{tail}", encoding="utf-8")


def _begin(name: str) -> str:
    return f"<!-- generated: {name} -->\n"


if __name__ == "__main__":
    for part in GENERATED:
        write(part)
    man_page.PATH.write_text(man_page.man_page(commands()), encoding="utf-8")
