"""What a file is: settings inside the manifests of other tools, or one sentence that says what it is."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest
import yaml

from agent.config import Cluster, ConfigError, load_config
from agent.config.secret import Secret
from tests.laws import law

SQL = "{pluginName: postgres12, databaseName: %s, connectAddr: 'db:5432', user: u, password: hunter2}"
STORES = f"{{default: {{sql: {SQL % 'temporal'}}}, visibility: {{sql: {SQL % 'temporal_visibility'}}}}}"
VALUES = f"""\
server:
  config:
    clusterMetadata: {{currentClusterName: live}}
    persistence:
      datastores: {STORES}
"""
SERVER = f"""\
persistence: {{defaultStore: default, visibilityStore: visibility, datastores: {STORES}}}
services: {{frontend: {{rpc: {{grpcPort: 7233, bindOnIP: 10.0.0.1}}}}}}
clusterMetadata: {{currentClusterName: live}}
"""
BLOCK, SERVER_BLOCK = indent(VALUES, "      "), indent(SERVER, "      ")
META = "metadata: {name: temporal, namespace: prod}\n"


def load(folder: Path, key: str, text: str, options: str = "") -> Cluster:
    (folder / "file.yaml").write_text(text)
    (folder / "agent.yaml").write_text(f"clusters: [{{{key}: {{file: file.yaml{options}}}}}]")
    if not options:
        (folder / "agent.yaml").write_text(f"clusters: [{{{key}: file.yaml}}]")
    (cluster,) = load_config(folder / "agent.yaml").clusters
    return cluster


def application(helm: str) -> str:
    return f"apiVersion: argoproj.io/v1alpha1\nkind: Application\n{META}spec:\n{helm}"


VALUES_OF_SOURCE = f"  source:\n   helm:\n    values: |\n{BLOCK}"


def as_json(text: str) -> str:
    return json.dumps(yaml.safe_load(text))


WRAPPERS = {
    "application": application(f"  source:\n   helm:\n    values: |\n{BLOCK}"),
    "object": application(f"  source:\n   helm:\n    values: 'server: 1'\n    valuesObject:\n{BLOCK}"),
    "sources": application(
        f"  sources:\n  - {{repoURL: a}}\n  - chart: temporal\n    helm:\n     values: |\n{BLOCK}"
    ),
    "set": f"apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\n{META}spec:\n template:\n  spec:\n"
    f"   source:\n    helm:\n     values: |\n{BLOCK}",
    "flux": f"apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\n{META}spec:\n  values:\n{BLOCK}",
    "k3s": f"apiVersion: helm.cattle.io/v1\nkind: HelmChart\n{META}spec:\n  valuesContent: |-\n{BLOCK}",
    "kustomize": "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nhelmCharts:\n"
    f"- name: temporal\n  releaseName: temporal\n  valuesInline:\n{BLOCK}",
    "parameters": application(
        f"  source:\n   helm:\n    values: |\n{BLOCK.replace('hunter2', 'other')}\n    parameters:\n"
        + "".join(
            f"    - {{name: server.config.persistence.datastores.{store}.sql.password, value: hunter2}}\n"
            for store in ("default", "visibility")
        )
    ),
    "kustomize without a kind": f"helmCharts:\n- name: temporal\n  valuesInline:\n{BLOCK}",
    "plugin of kustomize": "apiVersion: builtin\nkind: HelmChartInflationGenerator\nname: temporal\n"
    f"valuesInline:\n{indent(VALUES, '  ')}",
    "values in a map": f"apiVersion: v1\nkind: ConfigMap\n{META}data:\n  values.yaml: |\n{BLOCK}",
    "map": f"apiVersion: v1\nkind: ConfigMap\n{META}data:\n  config_template.yaml: |\n{SERVER_BLOCK}",
    "secret": f"apiVersion: v1\nkind: Secret\n{META}stringData:\n  docker.yaml: |\n{SERVER_BLOCK}",
    "list": as_json(
        f"apiVersion: v1\nkind: List\nitems:\n- {{apiVersion: v1, kind: Service}}\n- apiVersion: v1\n"
        f"  kind: ConfigMap\n  data:\n    docker.yaml: |\n{SERVER_BLOCK}"
    ),
    "several": f"---\napiVersion: v1\nkind: Namespace\n---\n{application(VALUES_OF_SOURCE)}\n---\n",
}


@law(WRAPPERS.items())
def test_settings_are_found_inside_manifests_with_either_key(name: str, text: str) -> None:
    for key in ("helm_values", "server_config"):
        with tempfile.TemporaryDirectory() as folder:
            options = "temporal: {frontend: 'f:1'}"
            path = Path(folder)
            (path / "file.yaml").write_text(text)
            (path / "agent.yaml").write_text(f"clusters: [{{{key}: file.yaml, {options}}}]")
            (cluster,) = load_config(path / "agent.yaml").clusters
            assert cluster.name == "live"
            assert cluster.visibility is not None
            settings = cluster.visibility.postgresql
            assert settings is not None
            assert (settings.host, settings.database) == ("db", "temporal_visibility")
            assert isinstance(settings.secret, Secret)
            assert settings.secret.read() == "hunter2"


def test_chart_and_release_of_a_manifest_count(tmp_path: Path) -> None:
    release = application(
        "  source:\n   chart: temporal\n   targetRevision: 0.33.0\n   helm:\n    releaseName: flows\n"
        f"    values: |\n{BLOCK}"
    )
    assert load(tmp_path, "helm_values", release).temporal.frontend == "flows-temporal-frontend:7233"
    assert (
        load(tmp_path, "helm_values", VALUES, ", release: r").temporal.frontend == "r-temporal-frontend:7233"
    )


OPERATOR = f"""\
apiVersion: temporal.io/v1beta1
kind: TemporalCluster
{META}spec:
  version: 1.24.3
  numHistoryShards: 512
  persistence:
    defaultStore:
      sql: {{user: u, pluginName: postgres12, databaseName: temporal, connectAddr: 'db:5432'}}
      passwordSecretRef: {{name: pg, key: PASSWORD}}
    visibilityStore:
      elasticsearch: {{version: v7, url: 'https://es:9200', indices: {{visibility: vis}}}}
"""


def test_a_temporal_cluster_of_the_operator_is_read_as_what_it_renders(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"passwordSecretRef.name: is a Kubernetes secret") as caught:
        load(tmp_path, "server_config", OPERATOR)
    assert len(caught.value.problems) == 1
    (tmp_path / "agent.yaml").write_text(
        "clusters: [{server_config: file.yaml, persistence: {postgresql: {password_file: pw}}}]"
    )
    (cluster,) = load_config(tmp_path / "agent.yaml").clusters
    assert (cluster.name, cluster.temporal.frontend) == ("temporal", "temporal-frontend.prod:7233")
    assert cluster.visibility is not None
    assert cluster.visibility.elasticsearch is not None
    assert cluster.visibility.elasticsearch.url == "https://es:9200"


def test_the_first_api_of_the_operator_lists_its_datastores(tmp_path: Path) -> None:
    stores = "".join(
        f"  - name: {name}\n    sql: {{user: u, pluginName: postgres, connectAddr: 'db:5432',"
        f" databaseName: {name}}}\n"
        for name in ("main", "records")
    )
    (tmp_path / "file.yaml").write_text(
        f"apiVersion: apps.alexandrevilain.dev/v1alpha1\nkind: TemporalCluster\n{META}spec:\n"
        "  numHistoryShards: 512\n  persistence: {defaultStore: main, visibilityStore: records,"
        " advancedVisibilityStore: es}\n"
        f"  datastores:\n{stores}  - name: es\n    elasticsearch: {{url: 'http://es:9200'}}\n"
    )
    own = "{postgresql: {password_file: pw}}"
    (tmp_path / "agent.yaml").write_text(
        f"clusters: [{{server_config: file.yaml, persistence: {own}, visibility: {own}}}]"
    )
    (cluster,) = load_config(tmp_path / "agent.yaml").clusters
    assert cluster.visibility is not None
    assert cluster.visibility.postgresql is not None
    assert cluster.visibility.postgresql.database == "records"
    assert cluster.search is not None
    assert cluster.search.elasticsearch is not None
    search = cluster.search.elasticsearch
    assert (search.index, search.version) == ("temporal_visibility_v1", "v7")


UMBRELLA = f"other: {{enabled: true}}\nflows:\n{indent(VALUES + 'fullnameOverride: t', '  ')}\n"


@law(["", ", under: flows"])
def test_values_of_an_umbrella_chart_are_found_below_their_name(options: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        cluster = load(Path(folder), "helm_values", UMBRELLA, options)
        assert (cluster.name, cluster.temporal.frontend) == ("live", "t-frontend:7233")


FOREIGN: list[tuple[str, str, Any]] = [
    (
        "compose",
        "services: {temporal: {image: 'temporalio/server:1.30.1'}}",
        "compose file.*`server_compose`",
    ),
    ("environment", "# a\nDB=postgres12\nexport POSTGRES_PWD='x'\n", "environment variables.*`server_env`"),
    (
        "terraform",
        'resource "helm_release" "temporal" {\n  chart = "temporal"\n}\n',
        "is Terraform.*helm get",
    ),
    ("html", "<html><body>404</body></html>", "HTML or XML"),
    ("dynamic", "limit.maxIDLength:\n- {value: 255}\n", "dynamic configuration.*`server_config`"),
    ("agent", "clusters:\n- {name: a}\n", "configuration of this agent"),
    ("helmfile", "releases:\n- {name: t, chart: temporal/temporal}\n", "helmfile.*helm get values"),
    (
        "helmfile with a template",
        "releases:\n- name: t\n  chart: temporal/temporal\n  values: [{{ .Values.a }}]\n",
        "helmfile.*helm get values",
    ),
    ("chart", "apiVersion: v2\nname: temporal\nversion: 1.0.0\n", "describes a Helm chart"),
    ("deployment", "apiVersion: apps/v1\nkind: Deployment\nspec: {}\n", "kind Deployment.*helm get"),
    (
        "map",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {a: b}\n",
        "kubectl get configmap m",
    ),
    (
        "template in a map",
        "apiVersion: v1\nkind: ConfigMap\ndata:\n  config_template.yaml: |\n    persistence: {{ .Env.X }}\n",
        "ConfigMap with a template.*env: temporal.env",
    ),
    (
        "template in a list",
        "apiVersion: v1\nkind: List\nitems:\n- {kind: Secret, apiVersion: v1}\n- kind: ConfigMap\n  data:\n"
        "    config_template.yaml: |\n      persistence: {{ .Env.X }}\n",
        "List with a template.*env: temporal.env",
    ),
    ("secret", "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {a: YQ==}\n", "base64 -d"),
    ("application", application("  source: {chart: temporal}"), "Argo CD Application.*kubectl get configmap"),
    (
        "application with files",
        application("  sources:\n  - {helm: {valueFiles: [$values/a.yaml, b.yaml]}}\n  - {ref: values}\n"),
        r"Argo CD Application.*`helm_values: \[a.yaml, b.yaml\]`",
    ),
    ("flux", "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nspec: {}\n", "Flux HelmRelease"),
    (
        "flux with a secret",
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\n"
        "spec: {valuesFrom: [{kind: Secret, name: s}]}\n",
        r"Flux HelmRelease.*`kubectl get secret s -o jsonpath='{.data.values\\.yaml}' \| base64 -d` prints",
    ),
    (
        "kustomize with a file",
        "helmCharts: [{name: temporal, valuesFile: v.yaml}]",
        r"Kustomization.*\[v.yaml\]",
    ),
    # Values of other charts, which have a server, too.
    ("another chart", "server: {replicaCount: 1}\nweb: {}\n", "has no `server.config`|not Temporal's own"),
    ("its globals", "global: {edition: x}\nserver: {env: []}\n", "has no `server.config`|not Temporal's own"),
    (
        "namespace",
        "apiVersion: temporal.io/v1beta1\nkind: TemporalNamespace\nmetadata: {name: n}\n",
        "TemporalNamespace of temporal-operator.*kubectl get temporalcluster",
    ),
    (
        "another operator",
        "apiVersion: other.example/v1\nkind: TemporalCluster\nmetadata: {name: n}\n"
        "spec: {persistence: {defaultStore: {sql: {host: pg}}}}\n",
        "TemporalCluster of other.example/v1.*docker.yaml",
    ),
    ("another template", "a:\n  b: {{ pg_host }}\n", "is a template, (not values|and not one of Temporal)"),
    (
        "override of a compose file",
        "services: {temporal: {environment: {POSTGRES_PWD: x}}}\n",
        "compose file.*`server_compose`",
    ),
    (
        "kustomize with other values",
        "helmCharts: [{name: temporal, valuesInline: {web: {enabled: false}}}]",
        "Kustomization.*kubectl get configmap RELEASE-config",
    ),
    ("other values", "replicaCount: 1\nimage: {repository: nginx}\n", "has no values|not Temporal's own"),
    ("empty", "", "has no values|not Temporal's own"),
    ("text", "just a word\n", "has no values|not Temporal's own"),
    ("list", "- a\n- b\n", "has no values|not Temporal's own"),
    (
        "two",
        f"a:\n{indent(VALUES, '  ')}b:\n{indent(VALUES, '  ')}",
        "2 times, below a, b.*under: a|helm_values",
    ),
]


@law(FOREIGN)
def test_any_other_file_is_one_sentence_that_says_what_it_is(name: str, text: str, says: str) -> None:
    for key in ("helm_values", "server_config"):
        with tempfile.TemporaryDirectory() as folder:
            with pytest.raises(ConfigError, match=says) as caught:
                load(Path(folder), key, text)
            assert len(caught.value.problems) == 1


@law(
    [
        (
            application(f"  source:\n   helm:\n    valueFiles: [v.yaml]\n    values: |\n{BLOCK}"),
            "file.yaml:7: spec.source.helm.valueFiles[0]: is v.yaml, which is not read: list it before",
        ),
        (
            f"apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\n{META}spec:\n"
            f"  valuesFrom: [{{kind: ConfigMap, name: m, valuesKey: v}}]\n  values:\n{BLOCK}",
            "file.yaml:5: spec.valuesFrom[0].name: is not read: `kubectl get configmap m -o",
        ),
        (
            f"helmCharts:\n- valuesFile: v.yaml\n  valuesInline:\n{BLOCK}",
            "file.yaml:2: helmCharts[0].valuesFile: is v.yaml",
        ),
    ]
)
def test_values_elsewhere_are_named(text: str, note: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        cluster = load(Path(folder), "helm_values", text, ", release: r")
        assert cluster.server_file is not None
        (said,) = cluster.server_file.notes or ()
        assert said.startswith(note)


@law(
    [
        application(
            f"  source:\n   helm:\n    values: |\n{BLOCK}\n    fileParameters:\n"
            "    - {name: server.config.persistence.datastores.default.sql.password, path: pw.txt}\n"
        ),
        f"apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\n{META}spec:\n  values:\n{BLOCK}\n"
        "  valuesFrom:\n  - {kind: Secret, name: pw.txt, valuesKey: password,"
        " targetPath: server.config.persistence.datastores.default.sql.password}\n",
    ]
)
def test_a_single_value_elsewhere_is_missing(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.raises(ConfigError) as caught:
        load(Path(folder), "helm_values", text, ", release: r")
    (problem,) = caught.value.problems
    assert "pw.txt>`, which nothing has filled in" in problem.message


def test_a_file_under_the_wrong_key_names_the_right_key(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="use the key `server_config`"):
        load(tmp_path, "helm_values", SERVER)
    with pytest.raises(ConfigError, match="use the key `helm_values`"):
        load(tmp_path, "server_config", VALUES)


def test_a_trailing_separator_is_ignored(tmp_path: Path) -> None:
    assert load(tmp_path, "server_config", f"---\n{SERVER}---\n").name == "live"


@law(
    [
        ("{helm_values: {file: f, colour: red}}", "helm_values.colour: unknown key"),
        ("{helm_values: {file: f, chart: 1.0}}", "helm_values.chart: write a text"),
        ("{helm_values: {under: a}}", "write a file, or a list of files"),
        ("{server_config: {env: f}}", "write a file, or a list of files"),
    ]
)
def test_the_options_of_values_are_checked(cluster: str, says: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "agent.yaml"
        path.write_text(f"clusters: [{cluster}]")
        with pytest.raises(ConfigError, match=says):
            load_config(path)
