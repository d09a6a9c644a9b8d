"""The Helm chart, rendered by Helm."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml

from agent import __version__, mixin
from agent.config import load_config
from tests.delivery.building import ROOT
from tests.integration.servers.custom_resources import custom_resource_problems, is_custom
from tests.integration.servers.delivery_tools import helm
from tests.integration.servers.requirement import require
from tests.integration.servers.schemas import kubernetes_problems
from tests.laws import law

CHART = ROOT / "deploy" / "helm" / "temporal-compat-agent"

_STORE = {"host": "pg", "database": "temporal", "plugin": "postgres12", "user": "agent"}
CLUSTER = {
    "name": "orders-live",
    "temporal": {"frontend": "temporal-frontend:7233"},
    "persistence": {"postgresql": {**_STORE, "password": "${PG_PASSWORD}"}},
    "visibility": {"postgresql": {**_STORE, "database": "v", "password_file": "/run/secrets/pg/password"}},
}
LEAST: dict[str, Any] = {
    "config": {"clusters": [CLUSTER]},
    "env": [{"name": "PG_PASSWORD", "secret": "pg", "key": "password"}],
    "secrets": ["pg"],
}
EVERYTHING: dict[str, Any] = {
    **LEAST,
    "clusterConfigMaps": ["more-clusters"],
    "web": {"externalUrl": "https://compat.example.com", "configSecret": "web", "enableLifecycle": True},
    "podAnnotations": {"note": "x"},
    "podLabels": {"team": "platform"},
    "nodeSelector": {"disk": "ssd"},
    "tolerations": [{"key": "dedicated", "operator": "Exists"}],
    "affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []}},
    "topologySpreadConstraints": [
        {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway", "labelSelector": {}}
    ],
    "imagePullSecrets": [{"name": "pull"}],
    "priorityClassName": "high",
    "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
    "probe": {"enabled": True},
    "prometheusRule": {"enabled": True, "thresholds": {"unknown_for": "30m", "matrix_days": 30}},
    "dashboards": {"enabled": True},
    "networkPolicy": {"enabled": True, "egress": [{"ports": [{"port": 5432}]}]},
    "podDisruptionBudget": {"enabled": True},
    "gate": {"enabled": True, "release": "1.31.2", "failOn": ["untested"], "cluster": "orders-live"},
}

#: The thresholds of EVERYTHING, as the command takes them.
CHANGED = {"unknown_for": "30m", "matrix_days": "30"}


def render(values: dict[str, Any], *options: str) -> subprocess.CompletedProcess[str]:
    """`helm template` of the chart with these values."""
    program = require(helm)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "values.yaml"
        file.write_text(json.dumps(values))
        # Helm built from its module takes Kubernetes to be 1.20.
        command: list[str | Path] = [
            program,
            "template",
            "test",
            CHART,
            "--kube-version",
            "1.31.0",
            "--values",
            file,
            *options,
        ]
        return subprocess.run(command, capture_output=True, text=True, check=False)


def manifests(values: dict[str, Any], *options: str) -> list[dict[str, Any]]:
    """What the chart makes of these values."""
    done = render(values, *options)
    assert done.returncode == 0, done.stderr
    return [each for each in yaml.safe_load_all(done.stdout) if each]


def only(values: dict[str, Any], kind: str, name: str = "test-temporal-compat-agent") -> dict[str, Any]:
    (found,) = (
        each for each in manifests(values) if each["kind"] == kind and each["metadata"]["name"] == name
    )
    return found


def container(values: dict[str, Any]) -> dict[str, Any]:
    (found,) = only(values, "Deployment")["spec"]["template"]["spec"]["containers"]
    assert isinstance(found, dict)
    return found


def test_the_chart_has_the_version_of_the_program() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert (chart["version"], chart["appVersion"]) == (__version__, __version__)


def test_the_least_values_make_one_deployment_with_its_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = Counter(each["kind"] for each in manifests(LEAST))
    assert kinds == {"ConfigMap": 1, "Deployment": 1, "Service": 1, "ServiceAccount": 1}
    text = only(LEAST, "ConfigMap")["data"]["agent.yaml"]
    assert yaml.safe_load(text) == {"clusters": [CLUSTER], "watch": True}
    (tmp_path / "agent.yaml").write_text(text)
    monkeypatch.setenv("PG_PASSWORD", "x")
    assert [each.name for each in load_config(tmp_path / "agent.yaml").clusters] == ["orders-live"]


def test_the_pod_runs_without_rights_and_without_a_writable_file() -> None:
    pod = only(LEAST, "Deployment")["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    assert container(LEAST)["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert all(mount["readOnly"] for mount in container(EVERYTHING)["volumeMounts"])


def test_secrets_are_only_named() -> None:
    assert container(LEAST)["env"] == [
        {"name": "PG_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "pg", "key": "password"}}}
    ]
    mounts = {each["mountPath"] for each in container(LEAST)["volumeMounts"]}
    assert mounts == {"/etc/temporal-compat-agent", "/run/secrets/pg"}
    assert not [each for each in manifests(EVERYTHING) if each["kind"] == "Secret"]


def test_everything_can_be_switched_on_at_once() -> None:
    kinds = Counter(each["kind"] for each in manifests(EVERYTHING))
    assert kinds == {
        "ConfigMap": 5,
        "Deployment": 1,
        "Job": 1,
        "NetworkPolicy": 1,
        "PodDisruptionBudget": 1,
        "Probe": 1,
        "PrometheusRule": 1,
        "Service": 1,
        "ServiceAccount": 1,
        "ServiceMonitor": 1,
    }
    names = [(each["kind"], each["metadata"]["name"]) for each in manifests(EVERYTHING)]
    assert len(names) == len(set(names))


@law(["1.25", "1.31", "1.37"])
def test_kubernetes_own_schemas_accept_every_manifest(version: str) -> None:
    values = [LEAST, EVERYTHING, {**LEAST, "replicas": 0, "podSecurityContext": {}, "reload": "restart"}]
    own = [each for one in values for each in manifests(one) if not is_custom(each)]
    assert require(lambda: kubernetes_problems(own, version)) == []


def test_the_schemas_refuse_a_manifest_with_a_key_that_kubernetes_lacks() -> None:
    service = only(LEAST, "Service")
    service["spec"]["colour"] = "red"
    (problem,) = require(lambda: kubernetes_problems([service], "1.31"))
    assert "colour" in problem


def test_the_schemas_of_the_prometheus_operator_accept_the_monitors_and_rules() -> None:
    changed = {"serviceMonitor": {"enabled": True, "labels": {}, "interval": "1m30s", "scrapeTimeout": "1m"}}
    custom = [each for one in (EVERYTHING, {**EVERYTHING, **changed}) for each in manifests(one)]
    custom = [each for each in custom if is_custom(each)]
    assert {each["kind"] for each in custom} == {"Probe", "PrometheusRule", "ServiceMonitor"}
    assert require(lambda: custom_resource_problems(custom)) == []
    monitor = only(EVERYTHING, "ServiceMonitor")
    monitor["spec"]["endpoints"][0]["interval"] = "30s1m"
    monitor["spec"]["colour"] = "red"
    monitor["metadata"]["labels"]["team"] = "a b"
    problems = "\n".join(custom_resource_problems([monitor]))
    assert all(part in problems for part in ("interval: '30s1m'", "'colour'", "labels.team: 'a b'")), problems


def test_rules_and_dashboards_are_those_of_the_commands() -> None:
    assert only(EVERYTHING, "PrometheusRule")["spec"] == yaml.safe_load(mixin.rules(CHANGED))
    shown = {
        name: json.loads(text)
        for each in manifests(EVERYTHING)
        if "grafana_dashboard" in each["metadata"]["labels"]
        for name, text in each["data"].items()
    }
    assert shown == {name: json.loads(text) for name, text in mixin.dashboards().items()}


def test_the_thresholds_of_the_values_are_those_of_the_command() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    assert values["prometheusRule"]["thresholds"] == {each.name: each.default for each in mixin.THRESHOLDS}


def test_the_gate_runs_before_anything_else_changes() -> None:
    gate = only(EVERYTHING, "Job", "test-temporal-compat-agent-gate")
    settings = only(EVERYTHING, "ConfigMap", "test-temporal-compat-agent-gate")
    for each, weight in ((settings, "-10"), (gate, "-5")):
        hooks = each["metadata"]["annotations"]
        assert hooks["helm.sh/hook"] == "pre-install,pre-upgrade"
        assert hooks["helm.sh/hook-weight"] == weight
    pod = gate["spec"]["template"]["spec"]
    # Helm makes the chart's own account after the hook.
    assert pod["serviceAccountName"] == "default"
    assert pod["containers"][0]["args"] == [
        "check",
        "--config.file=/etc/temporal-compat-agent/agent.yaml",
        "--assume-server=1.31.2",
        "--cluster=orders-live",
        "--fail-on=untested",
    ]
    argo = {**LEAST, "gate": {"enabled": True, "release": "1.31.2", "hook": "argocd"}}
    hooks = only(argo, "Job", "test-temporal-compat-agent-gate")["metadata"]["annotations"]
    assert hooks["argocd.argoproj.io/hook"] == "PreSync"
    assert not [name for name in hooks if name.startswith("helm.sh")]


def test_a_change_of_the_configuration_restarts_pods_only_where_it_should() -> None:
    def checksum(interval: str, reload: str) -> object:
        values = {**LEAST, "reload": reload, "config": {**LEAST["config"], "interval": interval}}
        annotations = only(values, "Deployment")["spec"]["template"]["metadata"].get("annotations", {})
        return annotations.get("checksum/config")

    assert checksum("30s", "watch") is None
    assert checksum("30s", "restart") not in (None, checksum("60s", "restart"))


def test_prometheus_asks_for_each_cluster_by_its_name() -> None:
    spec = only(EVERYTHING, "Probe")["spec"]
    assert spec["prober"] == {"url": "test-temporal-compat-agent.default.svc:17233", "path": "/probe"}
    assert spec["targets"]["staticConfig"] == {
        "static": ["orders-live"],
        "relabelingConfigs": [{"sourceLabels": ["__param_target"], "targetLabel": "__param_cluster"}],
    }


@law(
    [
        ({"podDisruptionBudget": {"enabled": True}}, "PodDisruptionBudget", "maxUnavailable", 1),
        (
            {"podDisruptionBudget": {"enabled": True, "minAvailable": "50%"}},
            "PodDisruptionBudget",
            "minAvailable",
            "50%",
        ),
        (
            {"podDisruptionBudget": {"enabled": True, "maxUnavailable": 0}},
            "PodDisruptionBudget",
            "maxUnavailable",
            0,
        ),
        ({"replicas": 0}, "Deployment", "replicas", 0),
    ]
)
def test_a_value_arrives_in_its_manifest(values: dict[str, Any], kind: str, key: str, value: object) -> None:
    assert only({**LEAST, **values}, kind)["spec"][key] == value


def _store(**more: object) -> dict[str, Any]:
    return _cluster(persistence={"mysql": more})


def _cluster(**more: object) -> dict[str, Any]:
    return {"config": {"clusters": [{"name": "a", **more}]}}


def _variable(secret: str) -> dict[str, str]:
    return {"name": "PG_PASSWORD", "secret": secret, "key": "password"}


#: Values, and a part of the message that Helm prints for them.
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"config": {}}, "set config (its list clusters has the clusters to watch) or existingConfigMap"),
    ({"existingConfigMap": "mine"}, "set config or existingConfigMap, not both"),
    ({"config": []}, "at '/config': got array, want object"),
    ({"colour": "red"}, "additional properties 'colour' not allowed"),
    ({"replicas": "2"}, "at '/replicas': got string, want integer"),
    ({"replicas": -1}, "at '/replicas': minimum: got -1, want 0"),
    ({"image": {"pullPolicy": "Sometimes"}}, "at '/image/pullPolicy': value must be one of"),
    ({"image": {"digest": "latest"}}, "at '/image/digest': 'latest' does not match pattern"),
    ({"image": {"name": "x"}}, "additional properties 'name' not allowed"),
    ({"image": {"tag": 1.0}}, "at '/image/tag': got number, want string"),
    ({"secrets": [{"name": "pg"}]}, "at '/secrets/0': got object, want string"),
    ({"secrets": ["pg", "pg"]}, "at '/secrets': items at 0 and 1 are equal"),
    ({"secrets": ["Upper"]}, "at '/secrets/0': 'Upper' does not match pattern"),
    ({"env": [{"name": "X", "value": "secret"}]}, "additional properties 'value' not allowed"),
    ({"env": [{"name": "X"}]}, "missing properties 'secret', 'key'"),
    ({"reload": "sidecar"}, "at '/reload': value must be one of 'watch', 'restart', 'none'"),
    ({"log": {"level": "verbose"}}, "at '/log/level': value must be one of"),
    ({"web": {"externalUrl": "compat.example.com"}}, "at '/web/externalUrl'"),
    ({"service": {"port": 70000}}, "at '/service/port': maximum: got 70,000, want 65,535"),
    ({"service": {"type": "ExternalName"}}, "at '/service/type': value must be one of"),
    ({"serviceMonitor": {"interval": "30"}}, "at '/serviceMonitor/interval': '30' does not match pattern"),
    ({"serviceMonitor": {"labels": {"release": 1}}}, "at '/serviceMonitor/labels/release': got number"),
    ({"prometheusRule": {"thresholds": {"unknown": "1m"}}}, "additional properties 'unknown' not allowed"),
    ({"prometheusRule": {"thresholds": {"minors_behind": "3m"}}}, "at '/prometheusRule/thresholds/minors_b"),
    ({"gate": {"enabled": True}}, "set gate.release: the Temporal release that is to be installed"),
    ({"gate": {"enabled": True, "release": "1.31"}}, "at '/gate/release': '1.31' does not match pattern"),
    ({"gate": {"failOn": ["warnings"]}}, "at '/gate/failOn/0': value must be one of"),
    ({"podDisruptionBudget": {"minAvailable": "half"}}, "at '/podDisruptionBudget/minAvailable'"),
    ({"extraArgs": ["-v"]}, "at '/extraArgs/0': '-v' does not match pattern"),
    ({"resources": "small"}, "at '/resources': got string, want object"),
    (
        {"config": {"interval": "30s"}, "clusterConfigMaps": ["more"], "probe": {"enabled": True}},
        "probe.enabled needs config.clu",
    ),
    (
        _store(password="${X}", password_file="/x"),
        "persistence.mysql has password and password_file: set one",
    ),
    (_store(password="hunter2"), "config.clusters[0].persistence.mysql has its password in clear text"),
    (_cluster(temporal={"token": "hunter2"}), "clusters[0].temporal has its token in clear text"),
    (
        _cluster(monitoring={"prometheus": {"url": "http://agent:hunter2@prometheus:9090"}}),
        "monitoring.prometheus.url has a password in clear text",
    ),
    ({"config": {"clusters": []}}, "config.clusters is empty: list the clusters to watch"),
    ({"config": {"clusters": {}}}, "at '/config/clusters': got object, want null or array"),
    ({"config": {"clusters": ["orders"]}}, "at '/config/clusters/0': got string, want object"),
    ({"config": {"clusters": [{"temporal": {}}]}}, "at '/config/clusters/0': missing property 'name'"),
    (_cluster(name=""), "at '/config/clusters/0/name': minLength"),
    (_cluster(persistence="pg"), "at '/config/clusters/0/persistence': got string, want null or object"),
    ({"image": None}, "missing property 'image'"),
    ({"prometheusRule": {"thresholds": {"hold": None}}}, "missing property 'hold'"),
    ({"image": {"repository": ""}}, "at '/image/repository': minLength"),
    ({"image": {"repository": "agent:1.0"}}, "at '/image/repository': 'agent:1.0' does not match pattern"),
    ({"image": {"tag": "a b"}}, "at '/image/tag': 'a b' does not match pattern"),
    ({"service": {"port": "17233"}}, "at '/service/port': got string, want integer"),
    ({"schedule": "false"}, "at '/schedule': got string, want boolean"),
    ({"serviceMonitor": {"interval": ""}}, "at '/serviceMonitor/interval': minLength"),
    ({"probe": {"interval": "30s1m"}}, "at '/probe/interval': '30s1m' does not match pattern"),
    (
        {"serviceMonitor": {"enabled": True, "interval": "10s", "scrapeTimeout": "30s"}},
        "serviceMonitor.scrapeTimeout 30s is longer than serviceMonitor.interval 10s",
    ),
    ({"serviceMonitor": {"labels": {"release": "a b"}}}, "/serviceMonitor/labels/release': 'a b' does not"),
    ({"prometheusRule": {"thresholds": {"hold": "1h1d"}}}, "thresholds/hold': '1h1d' does not match pattern"),
    (
        {"prometheusRule": {"enabled": True, "thresholds": {"agent_down_for": "1h"}}},
        "keep_firing_for must be longer than agent_down_for",
    ),
    ({"podLabels": {"app.kubernetes.io/name": "x"}}, "podLabels has app.kubernetes.io/name: the Deployment"),
    ({"podDisruptionBudget": {"minAvailable": "150%"}}, "'150%' does not match pattern"),
    (
        {"podDisruptionBudget": {"minAvailable": 1, "maxUnavailable": 1}},
        "minAvailable or maxUnavailable, not",
    ),
    ({"env": [_variable("pg"), _variable("other")]}, "env has PG_PASSWORD twice: keep one"),
    ({"env": {"PG_PASSWORD": "x"}}, "at '/env': got object, want array"),
    ({"secrets": [""]}, "at '/secrets/0': '' does not match pattern"),
    ({"extraArgs": ["--web.listen-address=:80"]}, "extraArgs has --web.listen-address=:80: the chart sets"),
    ({"extraArgs": ["--colour red"]}, "at '/extraArgs/0': '--colour red' does not match pattern"),
    (
        {"gate": {"enabled": True, "release": "1.31.2", "cluster": "orders"}},
        "gate.cluster orders is not in config.clusters: orders-live",
    ),
    ({"gate": {"backoffLimit": "0"}}, "at '/gate/backoffLimit': got string, want integer"),
    ({"gate": {"timeout": "5m"}}, "at '/gate': additional properties 'timeout' not allowed"),
]


@law(REFUSED)
def test_wrong_values_are_refused(values: dict[str, Any], message: str) -> None:
    done = render({**LEAST, **values})
    assert done.returncode != 0
    assert message in done.stderr, done.stderr
    assert "hunter2" not in done.stderr
