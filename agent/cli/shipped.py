"""`rules` and `dashboards`: write what ships beside the program."""

from __future__ import annotations

from pathlib import Path

import click

from agent.mixin import RUNBOOK_URL, THRESHOLDS, ShippedError

_WIDTH = max(len(f"{each.name}={each.default}") for each in THRESHOLDS)
_LISTED = "\n".join(f"  {f'{each.name}={each.default}':<{_WIDTH}}  {each.meaning}" for each in THRESHOLDS)


@click.command(epilog=f"\b\nThresholds and their defaults:\n{_LISTED}")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="A threshold, such as unknown_for=30m. Repeatable.",
)
@click.option(
    "--runbook-url",
    default=RUNBOOK_URL,
    show_default=True,
    metavar="BASE",
    help="Where the runbooks are; the alert's name and .md follow.",
)
@click.argument("out", default="-", type=click.Path(dir_okay=False, allow_dash=True))
def rules(settings: tuple[str, ...], runbook_url: str, out: str) -> None:
    """Write Prometheus' recording and alerting rules, to standard output unless OUT is named."""
    from agent import mixin as shipped

    values = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise click.UsageError(f"--set takes NAME=VALUE, not {setting[:60]!r}")
        values[name] = value
    try:
        text = shipped.rules(values, runbook_url)
    except ShippedError as error:
        raise click.UsageError(str(error)) from error
    if out == "-":
        click.echo(text, nl=False)
    else:
        _write(Path(out), text)


@click.command()
@click.option(
    "--config-map", is_flag=True, help="As Kubernetes ConfigMaps, for the sidecar of Grafana's Helm chart."
)
@click.argument("folder", metavar="OUTDIR", type=click.Path(file_okay=False, path_type=Path))
def dashboards(config_map: bool, folder: Path) -> None:
    """Write Grafana's dashboards into a folder, a file each."""
    from agent import mixin as shipped

    files = shipped.config_maps() if config_map else shipped.dashboards()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.UsageError(f"can't make {folder}: {error.strerror}") from error
    for name, text in files.items():
        _write(folder / name, text)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"can't write {path}: {error.strerror}") from error
    click.echo(path)
