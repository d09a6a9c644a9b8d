"""Containers of Temporal in workloads of Kubernetes and in task definitions of ECS."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path

import pytest

from agent.config import Cluster, ConfigError, load_config
from agent.config.environment.workload import read_workload
from agent.config.secret import Secret
from tests.laws import law

#: A Deployment of something else has another password at the same place.
OTHER = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: postgresql}
spec:
  template:
    spec: {containers: [{name: pg, image: "postgres:15", env: [{name: POSTGRES_PWD, value: wrong}]}]}
"""
MAPS = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {DB: postgres12, DB_PORT: "6432"}
---
apiVersion: v1
kind: Secret
metadata: {name: login}
stringData: {user: temporal}
---
apiVersion: v1
kind: Service
metadata: {name: temporal-frontend}
spec: {ports: [{port: 7233}]}
"""
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: temporal}
spec:
  template:
    spec:
      containers:
      - {name: proxy, image: envoy}
      - name: server
        image: registry.example/temporalio/auto-setup:1.24.2
        envFrom: [{configMapRef: {name: settings}}]
        env:
        - {name: POSTGRES_PWD, value: hunter2}
        - {name: ZONE, value: a}
        - {name: POSTGRES_SEEDS, value: "pg.$(ZONE).example"}
        - {name: POSTGRES_USER, valueFrom: {secretKeyRef: {name: login, key: user}}}
        - {name: BIND_ON_IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
"""
WHOLE = f"{OTHER}---\n{MAPS}---\n{DEPLOYMENT}"
TASK = {
    "family": "temporal",
    "containerDefinitions": [
        {
            "name": "server",
            "image": "1.dkr.ecr.eu-west-1.example/own:5",
            "environment": [
                {"name": "DB", "value": "postgres12"},
                {"name": "POSTGRES_SEEDS", "value": "pg"},
                {"name": "POSTGRES_USER", "value": "u"},
            ],
            "secrets": [{"name": "POSTGRES_PWD", "valueFrom": "arn:aws:ssm:x"}],
        }
    ],
}


def load(folder: Path, text: str, options: str = "", more: str = "") -> Cluster:
    (folder / "file.yaml").write_text(text)
    (folder / "agent.yaml").write_text(
        f"clusters: [{{server_env: {{file: file.yaml{options}}}, name: x{more}}}]"
    )
    return load_config(folder / "agent.yaml").clusters[0]


def test_a_deployment_is_read_with_the_maps_of_its_file(tmp_path: Path) -> None:
    cluster = load(tmp_path, WHOLE)
    assert cluster.persistence is not None
    store = cluster.persistence.postgresql
    assert store is not None
    assert (store.host, store.port, store.user) == ("pg.a.example", 6432, "temporal")
    assert cluster.temporal.frontend == "temporal-frontend:7233"
    assert cluster.server_file is not None
    assert cluster.server_file.image_release == "1.24.2"
    secret = store.secret
    assert isinstance(secret, Secret)
    assert secret.read() == "hunter2"
    (tmp_path / "file.yaml").write_text(WHOLE.replace("hunter2", "changed"))
    assert secret.read() == "changed"


def test_a_value_that_only_the_cluster_has_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, f"{DEPLOYMENT}---\n{MAPS.replace('stringData', 'data')}")
    (problem,) = caught.value.problems
    assert "is in a secret, Secret login, key user, which the agent does not read" in problem.message
    user = "{postgresql: {user: u, password_file: pw}}"
    more = f", persistence: {user}, visibility: {user}"
    assert load(tmp_path, f"{DEPLOYMENT}---\n{MAPS.replace('stringData', 'data')}", more=more).name == "x"


def test_a_task_definition_of_ecs_is_read_whatever_its_image(tmp_path: Path) -> None:
    own = "{postgresql: {password_file: pw}}"
    cluster = load(
        tmp_path,
        json.dumps(TASK),
        ", version: 1.27.2",
        f", persistence: {own}, visibility: {own}, temporal: {{frontend: 'lb:7233'}}",
    )
    assert cluster.temporal.frontend == "lb:7233"
    assert cluster.persistence is not None
    assert cluster.persistence.postgresql is not None
    assert cluster.persistence.postgresql.host == "pg"
    assert cluster.server_file is not None
    assert cluster.server_file.image_release == "1.27.2"
    # The containers alone, as Terraform takes them.
    (tmp_path / "f.json").write_text(json.dumps(TASK["containerDefinitions"]))
    found = read_workload(tmp_path / "f.json")
    assert found is not None
    assert found.variables["POSTGRES_SEEDS"].value == "pg"


def test_the_address_of_a_task_is_not_in_its_definition(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"address of the frontend.*set `temporal.frontend` next to"):
        load(tmp_path, json.dumps(TASK), ", version: 1.27.2")


def test_a_container_that_is_not_there_names_the_others(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="has no container 'other': choose one of server"):
        load(tmp_path, WHOLE, ", container: other")


@law(["a: b", "env: {containers: [x, {env: y}]}", "containers: [{name: a, env: [{name: DB}]}]", OTHER])
def test_a_file_without_a_container_of_temporal_is_none(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "f").write_text(text)
        assert read_workload(Path(folder) / "f") is None


@law(
    [
        ("server_config", "#!/bin/bash\ndocker run -e DB=mysql8 temporalio/server\n", "is a shell script"),
        ("server_env", "#!/bin/bash\ndocker run -e DB=mysql8 temporalio/server\n", "is a shell script"),
        ("helm_values", 'job "t" {\n group "g" {}\n}\n', "is a job of Nomad"),
        ("server_env", "services:\n  t:\n    environment:\n      DB: mysql8\n", "is a compose file"),
        ("server_env", "FROM temporalio/server:1.29.1\nENV DB=mysql8\n", "is a Dockerfile"),
        ("server_env", "[Service]\nEnvironmentFile=/etc/temporal.env\n", "is a unit of systemd"),
        ("helm_values", DEPLOYMENT, "name it with `server_env`"),
        ("server_config", json.dumps(TASK), "name it with `server_env`"),
    ]
)
def test_other_files_with_variables_lead_to_an_env_file(key: str, text: str, what: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "f").write_text(text)
        (Path(folder) / "agent.yaml").write_text(f"clusters: [{{{key}: f}}]")
        with pytest.raises(ConfigError) as caught:
            load_config(Path(folder) / "agent.yaml")
        (problem,) = caught.value.problems
        assert what in problem.message
        assert re.search("server_(env|compose)", problem.message)
