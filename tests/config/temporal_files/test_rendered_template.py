"""Templates with an env file: stores, places of errors, and passwords that are read again."""

from __future__ import annotations

import tempfile
from pathlib import Path
from textwrap import indent

import pytest

from agent.config import Cluster, ConfigError, load_config
from agent.config.secret import Secret
from tests.laws import law

TEMPLATE = """\
persistence:
  defaultStore: default
  visibilityStore: default
  numHistoryShards: {{ default .Env.SHARDS "4" }}
  datastores:
    default:
      sql:
        pluginName: postgres12
        {{- if .Env.HOST }}
        connectAddr: "{{ .Env.HOST }}:5432"
        {{- end }}
        databaseName: temporal
        user: u
        password: "{{ default .Env.PASSWORD "literal" }}"
services: {frontend: {rpc: {grpcPort: 7233}}}
clusterMetadata: {currentClusterName: live}
"""
MARKED = "# enable-template\n" + TEMPLATE.replace(
    'default .Env.SHARDS "4"', 'env "SHARDS" | default "4"'
).replace('default .Env.PASSWORD "literal"', 'env "PASSWORD"').replace(".Env.HOST", 'env "HOST"')
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\ndata:\n  config_template.yaml: |\n" + indent(TEMPLATE, "    ")
VARIABLES = "HOST=pg\nSHARDS=512\nPASSWORD='sec ret'\n"


def load(folder: Path, text: str, variables: str = VARIABLES, more: str = "") -> Cluster:
    (folder / "docker.yaml").write_text(text)
    (folder / "x.env").write_text(variables)
    (folder / "agent.yaml").write_text(
        f"clusters: [{{server_config: {{file: docker.yaml, env: x.env}}{more}}}]"
    )
    return load_config(folder / "agent.yaml").clusters[0]


def test_both_dialects_and_a_config_map_are_read(tmp_path: Path) -> None:
    @law([TEMPLATE, MARKED, CONFIG_MAP])
    def is_read(text: str) -> None:
        cluster = load(tmp_path, text)
        assert cluster.persistence is not None
        assert cluster.persistence.postgresql is not None
        assert cluster.persistence.postgresql.host == "pg"
        assert cluster.server_file is not None
        assert cluster.server_file.history_shards == 512
        reference = cluster.persistence.postgresql.password
        assert reference is not None
        assert Secret(str(reference)).read() == "sec ret"
        (tmp_path / "x.env").write_text(VARIABLES.replace("sec ret", "other"))
        assert Secret(str(reference)).read() == "other"

    is_read()


@law(
    [
        (
            TEMPLATE,
            "HOST=pg\n",
            "docker.yaml:14: persistence.datastores.default.sql.password: is not the whole",
        ),
        (
            TEMPLATE,
            "PASSWORD=p\n",
            "docker.yaml:7: persistence.datastores.default.sql.connectAddr: is missing",
        ),
        (TEMPLATE, VARIABLES + "SHARDS={a: b}: c\n", "docker.yaml:4: is not valid YAML"),
        (TEMPLATE.replace(".Env.HOST }}:", ".Env.NO }}:"), VARIABLES, "docker.yaml:10: needs a variable"),
        (
            TEMPLATE.replace("default .Env.SHARDS", "loop .Env.SHARDS"),
            VARIABLES,
            "docker.yaml:4: uses the fun",
        ),
        (
            CONFIG_MAP.replace("default .Env.SHARDS", "loop .Env.SHARDS"),
            VARIABLES,
            "docker.yaml:8: data.config",
        ),
        (TEMPLATE, "HOST=${NO_SUCH_VARIABLE}\n", "x.env:1: HOST: needs the variable NO_SUCH_VARIABLE"),
        ("a: {{ .Values.server }}\n", VARIABLES, "is a template of a Helm chart"),
    ]
)
def test_errors_have_the_place_in_the_template(text: str, variables: str, message: str) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.raises(ConfigError) as caught:
        load(Path(folder), text, variables)
    assert message in str(caught.value)
    assert "sec ret" not in str(caught.value)


def test_a_password_of_the_user_s_own_wins(tmp_path: Path) -> None:
    own = "{postgresql: {password_file: pw}}"
    cluster = load(tmp_path, TEMPLATE, "HOST=pg\n", f", persistence: {own}, visibility: {own}")
    assert cluster.persistence is not None
    assert cluster.persistence.postgresql is not None
    assert cluster.persistence.postgresql.host == "pg"
