"""`rules` and `dashboards`: write the alert rules and dashboards that come with the program."""

from __future__ import annotations

from pathlib import Path

import click

from agent.cli.completing import offer
from agent.mixin import THRESHOLDS, ShippedError
from agent.model.text import did_you_mean

_WIDTH = max(len(f"{each.name}={each.default}") for each in THRESHOLDS)
_HELP = "\n".join(f"  {f'{each.name}={each.default}':<{_WIDTH}}  {each.meaning}" for each in THRESHOLDS)


@click.command(epilog=f"\b\nThresholds and their defaults:\n{_HELP}")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    shell_complete=offer(f"{each.name}=" for each in THRESHOLDS),
    help="Change a threshold, such as unknown_for=30m. Repeatable.",
)
@click.option(
    "--runbook-url",
    metavar="BASE",
    help="The base URL of the runbooks. Each alert appends its name and .md. By default those that the agent "
    "serves, at its --web.external-url or at the address that Prometheus scrapes.",
)
@click.option(
    "--format",
    "form",
    default="prometheus",
    show_default=True,
    type=click.Choice(["prometheus", "prometheusrule", "helm", "alertmanager"]),
    help="A rules file, a PrometheusRule of the Prometheus operator, that as a template of a Helm chart, or "
    "an example of Alertmanager's configuration with routes and inhibitions for these alerts.",
)
@click.option(
    "--label",
    "labels",
    multiple=True,
    metavar="KEY=VALUE",
    help="A label of the PrometheusRule, such as release=prometheus. Repeatable.",
)
@click.argument("out", default="-", type=click.Path(dir_okay=False, allow_dash=True))
def rules(
    settings: tuple[str, ...], runbook_url: str | None, form: str, labels: tuple[str, ...], out: str
) -> None:
    """Write the recording and alerting rules for Prometheus to OUT; without OUT, to standard output."""
    _check_rule_options(form, labels, changed=bool(settings) or runbook_url is not None)
    try:
        text = _rules_as(form, _thresholds(settings), runbook_url, labels)
    except ShippedError as error:
        raise click.UsageError(str(error)) from error
    if out == "-":
        click.echo(text, nl=False)
    else:
        _write(Path(out), text)


def _check_rule_options(form: str, labels: tuple[str, ...], *, changed: bool) -> None:
    if labels and form in {"prometheus", "alertmanager"}:
        raise click.UsageError("--label needs --format prometheusrule or helm: a rules file has no labels")
    if changed and form == "alertmanager":
        raise click.UsageError("--set and --runbook-url change the rules: choose another --format")


def _rules_as(form: str, values: dict[str, str], runbook_url: str | None, labels: tuple[str, ...]) -> str:
    from agent import mixin

    if form == "alertmanager":
        return mixin.alertmanager_example()
    text = mixin.rules(values, runbook_url)
    if form == "prometheus":
        return text
    manifest = mixin.prometheus_rule(text, labels)
    return manifest if form == "prometheusrule" else mixin.helm_template(manifest)


def _thresholds(settings: tuple[str, ...]) -> dict[str, str]:
    values = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise click.UsageError(f"--set {setting[:60]!r}: write NAME=VALUE, such as unknown_for=30m")
        known = [each.name for each in THRESHOLDS]
        if name not in known:
            hint = did_you_mean(name, known, "`rules --help` lists all thresholds")
            raise click.UsageError(f"there is no threshold {name[:60]!r}; {hint}")
        values[name] = value
    return values


@click.command()
@click.option("--config-map", "form", flag_value="configmap", help="The same as --format configmap.")
@click.option(
    "--format",
    "form",
    default="json",
    show_default=True,
    type=click.Choice(["json", "configmap", "grafana-operator"]),
    help="JSON, ConfigMaps for the sidecar of Grafana's Helm chart, or manifests of the Grafana operator.",
)
@click.argument("folder", metavar="OUTDIR", type=click.Path(file_okay=False, path_type=Path))
def dashboards(form: str, folder: Path) -> None:
    """Write the Grafana dashboards into a folder, one file each."""
    from agent import mixin

    write = {
        "json": mixin.dashboards,
        "configmap": mixin.config_maps,
        "grafana-operator": mixin.grafana_operator,
    }
    files = write[form]()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.UsageError(f"cannot create the folder {folder}: {error.strerror}") from error
    for name, text in files.items():
        _write(folder / name, text)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"cannot write {path}: {error.strerror}") from error
    click.echo(path)
