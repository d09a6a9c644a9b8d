"""`charts`: what each tag of the charts' repository fills in, and the file that is built in."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from agent.maintain.__main__ import CHARTS, main

_VALUES = "server: {image: {tag: %s}, config: {%s}, frontend: {service: {port: 7233%s}}}\n"
_BOTH = """\
persistence:
  visibilityStore: visibility
  {{- if or $.Values.elasticsearch.enabled $.Values.elasticsearch.external }}
  advancedVisibilityStore: es-visibility
  {{- end }}
  datastores:
    indices:
      visibility: temporal-visibility-dev
  brokers: {{ include "temporal.kafka.address" . }}
"""
_ONE = """\
persistence:
  {{- if or $.Values.elasticsearch.enabled $.Values.elasticsearch.external }}
  @@Store: es-visibility
  {{- else }}
  visibilityStore: visibility
  {{- end }}
  datastores:
    version: {{ $.Values.elasticsearch.version }}
    username: {{ $.Values.elasticsearch.username }}
clusterMetadata: {{ .Values.server.config.clusterMetadata }}
"""
_LATEST = "persistence:\n  visibilityStore: visibility\n  datastores:\n"
_DRIVERS = "numHistoryShards: 512, persistence: {default: {driver: sql}}"
_OWN = '{{- if and (eq $store "default") $global.Values.cassandra.enabled -}}'
#: Tag, folder, version of the chart, values, configuration, helpers.
TAGS = [
    ("v1.1.0", "", "0.2.0", _VALUES % ("1.1.0", _DRIVERS, ""), _BOTH, ""),
    (
        "v1.22.4",
        "",
        "0.32.0",
        _VALUES % ("1.22.4", _DRIVERS, ""),
        _ONE.replace("@@", "advancedVisibility"),
        "",
    ),
    (
        "temporal-0.33.0",
        "charts/temporal/",
        "0.33.0",
        _VALUES % ("1.22.4", _DRIVERS, ""),
        _ONE.replace("@@", "visibility"),
        "",
    ),
    (
        "temporal-0.52.0",
        "charts/temporal/",
        "0.52.0",
        _VALUES % ("1.25.0", _DRIVERS, ", httpPort: 7243"),
        _LATEST,
        _OWN,
    ),
    (
        "temporal-1.0.0",
        "charts/temporal/",
        "1.0.0",
        _VALUES % ("''", "persistence: {numHistoryShards: 512, datastores: {}}", ", httpPort: 7243"),
        "persistence: {}\n",
        "",
    ),
]


def clone(folder: Path) -> Path:
    """A repository with these tags."""

    def git(*words: str) -> None:
        who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        subprocess.run(["git", "-C", folder, *who, *words], check=True, capture_output=True)

    folder.mkdir()
    git("init", "-q")
    for tag, below, version, values, config, helpers in TAGS:
        git("rm", "-rqf", "--ignore-unmatch", ".")
        templates = folder / below / "templates"
        templates.mkdir(parents=True)
        (folder / below / "Chart.yaml").write_text(f"version: {version}\nappVersion: 1.30.3\n")
        (folder / below / "values.yaml").write_text(values)
        (templates / "server-configmap.yaml").write_text(config)
        (templates / "_helpers.tpl").write_text(helpers)
        git("add", "-A")
        git("commit", "-qm", tag)
        git("tag", tag)
    git("tag", "temporal-proxy-0.1.0")
    return folder


def test_each_tag_is_one_line_with_what_its_files_say(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["charts", "--repository", str(clone(tmp_path / "charts")), "--data", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "5 tags of the chart\n"
    text = (tmp_path / "chart_versions.json").read_text()
    charts = {chart["tag"]: chart for chart in json.loads(text)["charts"]}
    assert list(charts) == [tag for tag, *_ in TAGS]
    assert all(text.count(f'"tag": "{tag}"') == 1 for tag in charts)
    assert [chart["search"] for chart in charts.values()] == [
        ["visibilityStore", "advancedVisibilityStore"],
        ["advancedVisibilityStore"],
        ["visibilityStore"],
        ["visibilityStore"],
        None,
    ]
    old = charts["v1.1.0"]
    assert (old["search_index"], old["kafka"], old["metadata"]) == ("temporal-visibility-dev", True, False)
    later = charts["v1.22.4"]
    assert (later["search_index"], later["search_login"], later["metadata"]) == (None, True, True)
    assert [chart["own_cassandra"] for chart in charts.values()] == [False, False, False, True, False]
    assert [chart["http_port"] for chart in charts.values()] == [None, None, None, 7243, 7243]
    assert charts["temporal-1.0.0"]["image"] == "1.30.3"
    assert {chart["shards"] for chart in charts.values()} == {512}


def test_a_clone_without_the_chart_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    assert main(["charts", "--repository", str(tmp_path), "--data", str(tmp_path)]) == 1
    assert "has no tag of Temporal's chart" in capsys.readouterr().err


def test_the_built_in_file_has_every_era() -> None:
    charts = json.loads((CHARTS / "chart_versions.json").read_text())["charts"]
    assert len({chart["tag"] for chart in charts}) == len(charts) >= 110
    eras = {(tuple(chart["search"] or ()), chart["own_cassandra"], chart["kafka"]) for chart in charts}
    assert len(eras) == 6
