"""Every line of the table at the top of docs/configuration.md loads as a complete configuration."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from agent.config import load_config

FIELD = Path(__file__).parent / "field"
PAGE = Path(__file__).parents[3] / "docs" / "configuration.md"
_ROW = re.compile(
    r"^\| (?P<what>.+) \| `(?P<line>(?:server_config|helm_values|server_compose|server_env|clusters):"
    r" .+)` \|$",
    re.MULTILINE,
)

SERVER = (FIELD / "01-search-path.server.yaml").read_text(encoding="utf-8")
VALUES = (FIELD / "15-shards-in-the-old-place.values.yaml").read_text(encoding="utf-8")
INDENTED = "".join(f"    {line}\n" for line in VALUES.splitlines())
TEMPLATE = SERVER.replace("password: secret", 'password: "{{ .Env.POSTGRES_PWD }}"')
TEMPLATE_BLOCK = "".join(f"    {line}\n" for line in TEMPLATE.splitlines())
CONFIG_MAP = "".join(f"    {line}\n" for line in SERVER.splitlines())
CLUSTER = """\
apiVersion: temporal.io/v1beta1
kind: TemporalCluster
metadata: {name: prod, namespace: demo}
spec:
  numHistoryShards: 4
  persistence:
    defaultStore: {cassandra: {hosts: [c], keyspace: temporal}}
    visibilityStore: {elasticsearch: {url: 'http://es:9200', version: v8, indices: {visibility: v}}}
"""
VARIABLES = json.dumps(
    [
        {"name": name, "value": "postgres12"}
        for name in ("DB", "POSTGRES_SEEDS", "POSTGRES_USER", "POSTGRES_PWD")
    ]
)
FILES = {
    "docker.yaml": SERVER,
    "base.yaml": SERVER,
    "production.yaml": "clusterMetadata: {currentClusterName: production}\n",
    "configmap.yaml": f"apiVersion: v1\nkind: ConfigMap\ndata:\n  docker.yaml: |\n{CONFIG_MAP}",
    "temporalcluster.yaml": CLUSTER,
    "values.yaml": VALUES,
    "production-values.yaml": "fullnameOverride: production\n",
    "old-values.yaml": (FIELD / "04-chart-0.33-search-role.values.yaml").read_text(encoding="utf-8"),
    "umbrella.yaml": (FIELD / "07-umbrella.values.yaml").read_text(encoding="utf-8"),
    "application.yaml": (FIELD / "08-argocd-application.yaml").read_text(encoding="utf-8"),
    "compose.yaml": (FIELD / "06-official-compose.compose.yaml").read_text(encoding="utf-8"),
    "services.yaml": (FIELD.parent / "good" / "compose_kinds.search.compose")
    .read_text(encoding="utf-8")
    .replace("own-build:", "temporal:"),
    "config_template.yaml": TEMPLATE,
    "temporal.env": "DB=postgres12\nPOSTGRES_SEEDS=pg\nPOSTGRES_USER=u\nPOSTGRES_PWD=p\n",
    "deployment.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: temporal}\n"
    "spec: {template: {spec: {containers: [{name: t, image: 'temporalio/server',"
    f" env: {VARIABLES}}}]}}}}}}\n",
    "task-definition.json": "taskDefinition: {containerDefinitions:"
    f" [{{name: t, environment: {VARIABLES}}}]}}",
    "rendered.yaml": f"apiVersion: v1\nkind: ConfigMap\ndata:\n  config_template.yaml: |\n{TEMPLATE_BLOCK}"
    "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: temporal-frontend}\n"
    "spec: {template: {spec: {containers: [{name: temporal-frontend, image: 'temporalio/server:1.31.2',"
    f" env: {VARIABLES}}}]}}}}}}\n",
    "helmrelease.yaml": "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: t}\n"
    f"spec:\n  values:\n{INDENTED}",
}


def rows() -> list[tuple[str, str]]:
    return [(match["what"], match["line"]) for match in _ROW.finditer(PAGE.read_text(encoding="utf-8"))]


def test_every_line_of_the_table_is_a_complete_configuration(tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert len(rows()) >= 15
    for what, line in rows():
        (tmp_path / "agent.yaml").write_text(f"{line}\n", encoding="utf-8")
        try:
            (cluster,) = load_config(tmp_path / "agent.yaml").clusters
        except Exception as error:
            pytest.fail(f"{what}: {line}: {error}")
        assert cluster.persistence is not None, line
        assert cluster.visibility is not None, line
        assert cluster.temporal.frontend, line


def test_the_file_of_each_line_is_used_by_one() -> None:
    lines = " ".join(line for _, line in rows())
    assert all(name in lines for name in FILES)
