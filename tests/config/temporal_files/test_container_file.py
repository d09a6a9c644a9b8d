"""The server's own file that a container has: its template is read with the variables of the container."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.config import Cluster, ConfigError, load_config
from agent.config.secret import Secret
from tests.config.temporal_files.test_rendered_template import CONFIG_MAP, MARKED, TEMPLATE
from tests.laws import law

MOUNT = "./own.yaml:/etc/temporal/config/config_template.yaml"
CERTIFICATE = "./certs:/certs"
NAMED = "TEMPORAL_SERVER_CONFIG_FILE_PATH=/etc/temporal/own.yaml"
ENVIRONMENT = "DB=postgres12, POSTGRES_SEEDS=image, HOST=pg, SHARDS=512, PASSWORD=sec ret"
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: temporal}
spec: {template: {spec: {containers: [{name: server, image: "temporalio/server:1.31.2", env: [
  {name: HOST, value: pg}, {name: SHARDS, value: "512"},
  {name: PASSWORD, valueFrom: {secretKeyRef: {name: s, key: p}}}]}]}}}
---
apiVersion: v1
kind: Secret
metadata: {name: s}
data: {p: c2VjIHJldA==, binary: /w==}
"""


def compose(folder: Path, image: str, volumes: str, more: str = "", template: str = TEMPLATE) -> Path:
    (folder / "own.yaml").write_text(template)
    (folder / "compose.yaml").write_text(
        f"services:\n  server: {{image: '{image}', volumes: ['{volumes}'],"
        f" environment: [{ENVIRONMENT}{more}]}}\n"
    )
    return agent(folder, "server_compose: compose.yaml")


def agent(folder: Path, line: str) -> Path:
    (folder / "agent.yaml").write_text(f"{line}\n")
    return folder / "agent.yaml"


def check(cluster: Cluster) -> None:
    assert cluster.persistence is not None
    assert cluster.persistence.postgresql is not None
    assert cluster.persistence.postgresql.host == "pg"
    assert cluster.server_file is not None
    assert cluster.server_file.history_shards == 512
    assert Secret(str(cluster.persistence.postgresql.password)).read() == "sec ret"


def test_a_mounted_template_is_read_instead_of_the_one_of_the_image(tmp_path: Path) -> None:
    @law(
        [
            ("temporalio/auto-setup:1.29.1", MOUNT, "", TEMPLATE),
            ("temporalio/server:1.8.2", "./:/etc/temporal", "", TEMPLATE),
            ("temporalio/server:1.31.2", "./own.yaml:/etc/temporal/own.yaml", f", {NAMED}", MARKED),
            # Which release is in an image of another name?
            ("own/server:3", MOUNT, "", TEMPLATE),
            ("temporalio/server:1.29.1", MOUNT, "], configs: [{source: c, target: /other}", TEMPLATE),
        ]
    )
    def is_read(image: str, mount: str, more: str, template: str) -> None:
        (tmp_path / "config").mkdir(exist_ok=True)
        (tmp_path / "config" / "config_template.yaml").write_text(template)
        (cluster,) = load_config(compose(tmp_path, image, mount, more, template)).clusters
        check(cluster)
        assert cluster.temporal.frontend == "server:7233"

    is_read()


def test_later_images_do_not_read_the_template_of_earlier_ones(tmp_path: Path) -> None:
    own = "persistence: {postgresql: {user: u}}, visibility: {postgresql: {user: u}}"
    path = compose(tmp_path, "temporalio/server:1.31.2", MOUNT)
    path.write_text(f"clusters: [{{server_compose: compose.yaml, {own}}}]")
    (cluster,) = load_config(path).clusters
    assert cluster.persistence is not None
    assert cluster.persistence.postgresql is not None
    assert cluster.persistence.postgresql.host == "image"


def test_a_file_that_is_not_here_is_an_error_and_not_the_file_of_the_image(tmp_path: Path) -> None:
    volumes = "spec: {template: {spec: {containers: [{name: t, image: 'temporalio/server:1.24.2',"
    mounted = (
        "volumeMounts: [{name: v, mountPath: /etc/temporal/config}], env: [{name: DB, value: postgres12}]"
    )

    @law(
        [
            (
                "server_compose",
                f"services:\n  t: {{image: 'temporalio/server:1.24.2', volumes: ['{MOUNT}']}}\n",
            ),
            (
                "server_compose",
                f"services:\n  t: {{image: 'temporalio/server:1.31.2', environment: [{NAMED}]}}\n",
            ),
            (
                "server_compose",
                "services:\n  t: {image: 'temporalio/server:1.24.2', configs: [{source: c,"
                " target: /etc/temporal/config/config_template.yaml}]}\nconfigs: {c: {file: ./own}}\n",
            ),
            (
                "server_compose",
                "services:\n  t: {image: 'temporalio/server:1.24.2', command: [temporal-server, start]}\n",
            ),
            (
                "server_compose",
                "services:\n"
                "  t: {image: 'temporalio/server:1.31.2', command: start --config-file /own.yaml}\n",
            ),
            ("server_env", f"DB=postgres12\nPOSTGRES_SEEDS=pg\n{NAMED}\n"),
            ("server_env", f"apiVersion: apps/v1\nkind: Deployment\n{volumes} {mounted}}}]}}}}}}\n"),
        ]
    )
    def is_an_error(key: str, text: str) -> None:
        (tmp_path / "file").write_text(text)
        with pytest.raises(ConfigError, match=r"not on the agent's machine.*\{file: …, env: file\}"):
            load_config(agent(tmp_path, f"{key}: file"))

    is_an_error()


def test_a_template_gets_the_variables_of_a_compose_file_or_a_workload(tmp_path: Path) -> None:
    compose(tmp_path, "own/server:3", CERTIFICATE)
    several = (tmp_path / "compose.yaml").read_text() + "  other: {image: temporalio/server}\n"
    (tmp_path / "several.yaml").write_text(several)
    (tmp_path / "deployment.yaml").write_text(DEPLOYMENT)
    (tmp_path / "whole.yaml").write_text(f"{CONFIG_MAP}---\n{DEPLOYMENT}")

    @law(
        [
            ("server_config: {file: own.yaml, env: compose.yaml}", "server:7233"),
            ("server_config: {file: own.yaml, env: several.yaml, service: server}", "server:7233"),
            ("server_config: {file: own.yaml, env: deployment.yaml}", "temporal:7233"),
            ("server_config: {file: own.yaml, env: deployment.yaml, container: server}", "temporal:7233"),
            # What `helm template` prints: all in one file.
            ("server_config: whole.yaml", "127.0.0.1:7233"),
        ]
    )
    def is_read(line: str, frontend: str) -> None:
        (cluster,) = load_config(agent(tmp_path, line)).clusters
        check(cluster)
        assert cluster.temporal.frontend == frontend

    is_read()
    (cluster,) = load_config(agent(tmp_path, "server_config: whole.yaml")).clusters
    assert cluster.server_file is not None
    assert cluster.server_file.image_release == "1.31.2"


def test_mounted_files_have_their_paths_on_this_machine(tmp_path: Path) -> None:
    (tmp_path / "certs").mkdir()
    (tmp_path / "certs" / "ca.pem").write_text("")
    template = TEMPLATE.replace(
        "        user: u\n", "        user: u\n        tls: {enabled: true, caFile: /certs/ca.pem}\n"
    )
    path = compose(tmp_path, "own/server:3", f"{MOUNT}', '{CERTIFICATE}", template=template)
    (cluster,) = load_config(path).clusters
    assert cluster.persistence is not None
    assert cluster.persistence.postgresql is not None
    assert cluster.persistence.postgresql.tls is not None
    assert cluster.persistence.postgresql.tls.ca_file == str(tmp_path / "certs" / "ca.pem")
