"""Files that ship with the program: Prometheus alert rules with thresholds, and Grafana dashboards."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

#: A wheel has them in the package (see pyproject.toml), a checkout in its own folder.
_IN_PACKAGE = Path(__file__).parent / "shipped_files"
_FOLDER = _IN_PACKAGE if _IN_PACKAGE.is_dir() else Path(__file__).parents[1] / "dashboards"

#: A template of Prometheus. The address of an agent: its external URL, or where Prometheus scrapes it. An
#: agent that monitors the cluster of the alert is better than another, and a running one than a stopped one.
AGENT_URL = (
    '{{ with printf "topk(1, 3 * (temporal_compat_web_info and on (job, instance) '
    "temporal_compat_cluster_info{temporal_cluster=%q}) or 2 * temporal_compat_web_info or "
    'last_over_time(temporal_compat_web_info[1w]))" $labels.temporal_cluster | query }}'
    "{{ with . | first }}"
    '{{ or .Labels.external_url (printf "%s://%s" (or .Labels.scheme "http") .Labels.instance) }}'
    "{{ end }}{{ else }}http://AGENT:17233{{ end }}"
)
#: The agent fills in the commands of its runbooks for this cluster.
_OF_THE_CLUSTER = "{{ with $labels.temporal_cluster }}?cluster={{ . }}{{ end }}"

_PART = re.compile(r"(\d+)(ms|[smhdwy])")
#: Prometheus, model.ParseDuration: each unit at most once, the longest first.
_DURATION = re.compile(r"(?=\d)(?:\d+y)?(?:\d+w)?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?(?:\d+ms)?")
_NUMBER = re.compile(r"\d+")
_URL = re.compile(r"[\w:/.~%?=&+@-]+")
_PLACE = re.compile(r"<<(\w+)>>")
#: Kubernetes, "Labels and Selectors": a name with an optional DNS subdomain, and a value.
_NAME = r"[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?"
_LABEL = re.compile(rf"((?:[a-z0-9](?:[a-z0-9.-]{{0,251}}[a-z0-9])?/)?{_NAME})=({_NAME})", re.ASCII)


class ShippedError(Exception):
    """A threshold or a runbook URL is not valid for the rules."""


@dataclass(frozen=True)
class Threshold:
    """A number in the rules. `default` is a Prometheus duration, such as 15m, or a whole number."""

    name: str
    default: str
    meaning: str

    def checked(self, value: str) -> str:
        """The value, if it has the type of the default; else raise `ShippedError`."""
        is_number = _NUMBER.fullmatch(self.default)
        if not (_NUMBER if is_number else _DURATION).fullmatch(value):
            kind = "a whole number" if is_number else "a duration such as 90s or 1h30m"
            raise ShippedError(f"{self.name} must be {kind}, not {value[:60]!r}")
        return value


#: The `*_for`: how long a condition must hold before the alert fires.
THRESHOLDS = (
    Threshold("schema_behind_for", "1m", "TemporalSchemaBehind: how long"),
    Threshold("schema_unsupported_for", "10m", "TemporalSchemaUnsupported: how long"),
    Threshold("would_not_start_for", "1m", "TemporalWouldNotStart: how long"),
    Threshold("unsupported_for", "10m", "TemporalUnsupported: how long"),
    Threshold("unknown_for", "15m", "TemporalCompatUnknown: how long"),
    Threshold("mixed_versions_for", "1h", "TemporalMixedVersions: how long a rollout may take"),
    Threshold("critical_advisory_for", "10m", "TemporalCriticalAdvisory: how long"),
    Threshold("end_of_life_days", "90", "TemporalDependencyEndOfLife: days before the end"),
    Threshold("minors_behind", "3", "TemporalServerOutOfWindow: minors behind the newest"),
    Threshold("waiver_days", "14", "TemporalCompatWaiverEnding: days before the end"),
    Threshold("matrix_days", "90", "TemporalCompatMatrixOld: days since it was published"),
    Threshold("dates_for", "1h", "the four alerts above: how long"),
    Threshold("probe_failing_for", "10m", "TemporalCompatProbeFailing: how long"),
    Threshold("agent_down_for", "5m", "TemporalCompatAgentDown: how long; less than keep_firing_for"),
    Threshold(
        "stale_after", "10m", "TemporalCompatAgentDown: time without a completed round; at least 3 intervals"
    ),
    Threshold(
        "rounds_skipped", "5", "TemporalCompatRoundsSkipped: fires above this many skipped rounds in one hour"
    ),
    Threshold("rounds_skipped_for", "10m", "TemporalCompatRoundsSkipped: how long"),
    Threshold("reload_failed_for", "5m", "TemporalCompatReloadFailed: how long"),
    Threshold("hold", "1d", "how long alerts of a cluster are held while no agent answers"),
    Threshold(
        "keep_firing_for",
        "10m",
        "all but TemporalCompatAgentDown: how long an alert stays after its cause ends",
    ),
)


def rules(values: Mapping[str, str], runbook_url: str | None = None) -> str:
    """The rules file with these thresholds, and defaults for the others.

    `runbook_url`: the base URL; None: the runbooks that the agent itself serves.

    Raises `ShippedError` for an unknown name or an invalid value.
    """
    known = {threshold.name: threshold for threshold in THRESHOLDS}
    if unknown := sorted(values.keys() - known.keys()):
        raise ShippedError(f"there is no threshold {unknown[0][:60]!r}; `rules --help` lists all thresholds")
    if runbook_url is not None and not _URL.fullmatch(runbook_url):
        raise ShippedError(f"--runbook-url {runbook_url[:60]!r}: write a URL or a path")
    filled = {name: each.checked(values.get(name, each.default)) for name, each in known.items()}
    if _seconds(filled["keep_firing_for"]) <= _seconds(filled["agent_down_for"]):
        raise ShippedError(
            "keep_firing_for must be longer than agent_down_for: it bridges the time until that alert"
        )
    return _filled({**filled, **_links(runbook_url)})


def rules_of_chart() -> str:
    """The rules file for the Helm chart, which fills in `<<threshold>>` from its values."""
    places = {threshold.name: f"<<{threshold.name}>>" for threshold in THRESHOLDS}
    return _filled({**places, **_links(None)})


def _links(runbook_url: str | None) -> dict[str, str]:
    if runbook_url is None:
        own = {"runbook_url": f"{AGENT_URL}/runbooks", "runbook_suffix": _OF_THE_CLUSTER}
        return {"agent_url": AGENT_URL, **own}
    return {"agent_url": AGENT_URL, "runbook_url": runbook_url.rstrip("/"), "runbook_suffix": ".md"}


def _filled(values: Mapping[str, str]) -> str:
    template = (_FOLDER / "rules" / "temporal-compat.rules.yaml.in").read_text(encoding="utf-8")
    return _PLACE.sub(lambda place: values[place[1]], template)


def alertmanager_example() -> str:
    """An example of Alertmanager's configuration: routes by severity, and which alert inhibits which."""
    return (_FOLDER / "rules" / "alertmanager.example.yml").read_text(encoding="utf-8")


def prometheus_rule(text: str, labels: Sequence[str] = ()) -> str:
    """The rules file as a PrometheusRule of the Prometheus operator, in YAML; `labels`: `KEY=VALUE`.

    Raises `ShippedError` for a label that Kubernetes would refuse.
    """
    lines = ["apiVersion: monitoring.coreos.com/v1", "kind: PrometheusRule", "metadata:"]
    lines.append("  name: temporal-compat")
    for number, label in enumerate(labels):
        pair = _LABEL.fullmatch(label)
        if pair is None:
            raise ShippedError(f"--label {label[:60]!r}: write KEY=VALUE, such as release=prometheus")
        # Quoted, because Kubernetes refuses a number or a truth value in a label.
        lines += ["  labels:"] * (number == 0) + [f'    {pair[1]}: "{pair[2]}"']
    return "\n".join([*lines, "spec:", textwrap.indent(text, "  ")])


def helm_template(manifest: str) -> str:
    """The manifest as a template of a Helm chart: Helm leaves the templates of Prometheus as they are."""
    return manifest.replace("{{", '{{ "{{" }}')


def _seconds(duration: str) -> float:
    units = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31536000}
    return sum(int(number) * units[unit] for number, unit in _PART.findall(duration))


def dashboards() -> dict[str, str]:
    """File names (`UID.json`) and JSON of the dashboards."""
    files = sorted((_FOLDER / "grafana").glob("*.json"))
    return {file.name: file.read_text(encoding="utf-8") for file in files}


def config_maps() -> dict[str, str]:
    """File names and Kubernetes ConfigMaps of the dashboards, for the sidecar of Grafana's Helm chart."""
    return _manifests("configmap", _config_map)


def grafana_operator() -> dict[str, str]:
    """File names and manifests of the dashboards for the Grafana operator, version 5."""
    return _manifests("grafanadashboard", _grafana_dashboard)


def _manifests(kind: str, made: Callable[[str, str], dict[str, object]]) -> dict[str, str]:
    manifests = {}
    for file, text in dashboards().items():
        uid = file.removesuffix(".json")
        # One line: `kubectl apply` copies the whole manifest into an annotation of at most 256 KiB.
        short = json.dumps(json.loads(text), separators=(",", ":"))
        # YAML readers accept JSON.
        manifests[f"{uid}.{kind}.json"] = json.dumps(made(uid, short), indent=2) + "\n"
    return manifests


def _config_map(uid: str, text: str) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": uid,
            "labels": {"grafana_dashboard": "1"},
            "annotations": {"grafana_folder": "Temporal"},
        },
        "data": {f"{uid}.json": text},
    }


def _grafana_dashboard(uid: str, text: str) -> dict[str, object]:
    return {
        "apiVersion": "grafana.integreatly.org/v1beta1",
        "kind": "GrafanaDashboard",
        "metadata": {"name": uid},
        # The operator's own examples label Grafana like this.
        "spec": {
            "instanceSelector": {"matchLabels": {"dashboards": "grafana"}},
            "folder": "Temporal",
            "json": text,
        },
    }
