"""What `server_env` and the agent's own evaluation of a template read: as Go or the real server render it."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from agent.config import load_config
from agent.config.resolved import as_yaml
from tests.laws import law

from .servers import toolchain
from .servers.commands import run
from .servers.temporal_build import MODULES, TemporalBinaries, release_number

_DOCKERIZE = Path(__file__).parent / "dockerize" / "main.go"
#: Each has another template.
_DOCKERIZED = ("1.0.0", "1.3.0", "1.8.2", "1.15.2", "1.20.4", "1.23.1", "1.24.2", "1.29.1")
#: The releases whose server contains its template.
_EMBEDDED = ("1.30.4", "1.31.2", "1.32.1")
_POSTGRESQL = {"POSTGRES_SEEDS": "pg", "POSTGRES_USER": "u", "POSTGRES_PWD": "secret"}
_MYSQL = {"MYSQL_SEEDS": "db", "MYSQL_USER": "u", "MYSQL_PWD": "secret", "VISIBILITY_MYSQL_SEEDS": "v"}
_CASSANDRA = {"CASSANDRA_SEEDS": "c1,c2", "CASSANDRA_USER": "u", "CASSANDRA_PASSWORD": "secret"}
_SEARCH = {"ENABLE_ES": "true", "ES_SEEDS": "es", "ES_VERSION": "v7", "ES_SEC_VIS_INDEX": "second"}
_TLS = {"SQL_TLS_ENABLED": "true", "SQL_CA": "/ca.pem", "SQL_HOST_VERIFICATION": "true"}
_FRONTEND_TLS = {"TEMPORAL_TLS_FRONTEND_CERT": "/f.pem", "TEMPORAL_TLS_FRONTEND_KEY": "/f.key"}
#: `DB` is added: the name of the database differs between releases.
_ENVIRONMENTS = [
    _POSTGRESQL,
    _POSTGRESQL | {"VISIBILITY_DB_PORT": "5433", "NUM_HISTORY_SHARDS": "512", "VISIBILITY_POSTGRES_PWD": ""},
    _POSTGRESQL | _TLS | _FRONTEND_TLS,
    _MYSQL | {"MYSQL_TX_ISOLATION_COMPAT": "false", "BIND_ON_IP": "10.0.0.1"},
    _MYSQL | {"PROMETHEUS_ENDPOINT": "0.0.0.0:8000", "FRONTEND_GRPC_PORT": "7400"},
    _MYSQL | {"TEMPORAL_AUTH_AUTHORIZER": "default", "PUBLIC_FRONTEND_ADDRESS": "proxy:7233"},
    _CASSANDRA | _SEARCH | {"CASSANDRA_TLS_ENABLED": "true", "VISIBILITY_CASSANDRA_SEEDS": "c3"},
    _CASSANDRA | _SEARCH | {"ES_SCHEME": "https", "ES_USER": "elastic", "ES_PWD": "secret"},
]


#: The values of variables whose names end so; the first one counts.
_ENDINGS: dict[str | tuple[str, ...], str] = {
    "_PORT": "7999",
    "_CONNS": "7",
    "_CONN_TIME": "2h",
    "_SHARDS": "64",
    "_SCHEME": "https",
    "ES_VERSION": "v7",
    ("_ENABLED", "_VERIFICATION", "_COMPAT", "ENABLE_ES", "_SETUP", "_FRONTEND"): "true",
    ("_INTERVAL", "_WINDOW", "_REFRESH"): "1h",
    "_ENDPOINT": "0.0.0.0:8000",
    ("BIND_ON_IP", "_BROADCAST_ADDRESS"): "10.9.9.9",
    "_ADDRESS": "address.example:7000",
    "LOG_LEVEL": "warn",
    # With it the agent needs a certificate of its own.
    "_CLIENT_AUTH": "false",
    ("_AUTHORIZER", "_CLAIM_MAPPER"): "default",
    ("_TIMEOUT", "_SYNCHRONOUS"): "1",
}


def _given(release: str, template: str) -> list[dict[str, str]]:
    """Some environments, and for each database one with every variable of the template."""
    number = release_number(release)
    postgresql = "postgres" if number < (1, 2) else "postgresql" if number < (1, 20) else "postgres12"
    mysql = "mysql" if number < (1, 20) else "MySQL8"
    names = {"POSTGRES_SEEDS": postgresql, "MYSQL_SEEDS": mysql, "CASSANDRA_SEEDS": "cassandra"}
    some = [each | {"DB": next(names[key] for key in names if key in each)} for each in _ENVIRONMENTS]
    every = {name: _value(name) for name in _variables(template)}
    if number >= (1, 30):
        # With it the template of these releases gives a file that is not YAML, and the server exits.
        del every["CASSANDRA_ALLOWED_AUTHENTICATORS"]
    databases = [*names.values(), *(["sqlite"] if number >= (1, 32) else [])]
    searching = [every | {"DB": name} for name in databases]
    # From 1.24 on Cassandra has no visibility store.
    without = [each | {"ENABLE_ES": "false"} for each in searching if each["DB"] != "cassandra"]
    return [*some, *searching, *without]


def _variables(template: str) -> set[str]:
    """The variables of a template, without those that contain certificates, which the agent does not read."""
    found = re.findall(r'\.Env\.([A-Z0-9_]+)|env "([A-Z0-9_]+)"', template)
    return {name for pair in found for name in pair if name and not name.endswith("_DATA")}


def _value(name: str) -> str:
    return next(
        (value for ending, value in _ENDINGS.items() if name.endswith(ending)),
        f"x-{name.lower().replace('_', '-')}",
    )


def _template(release: str, path: str) -> str:
    find = [toolchain.go(), "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", "go.temporal.io/server"]
    module = run([str(word) for word in find], cwd=MODULES / release, env={"GOWORK": "off"}).strip()
    return (Path(module) / path).read_text(encoding="utf-8")


@pytest.mark.full
def test_an_env_file_means_what_dockerize_renders_from_it(tmp_path: Path) -> None:
    templates = {release: _template(release, "docker/config_template.yaml") for release in _DOCKERIZED}
    cases = [(release, given) for release in _DOCKERIZED for given in _given(release, templates[release])]
    jobs = [{"Template": templates[release], "Env": given} for release, given in cases]
    command: list[str | Path] = [toolchain.go(), "run", _DOCKERIZE]
    done = subprocess.run(command, input=json.dumps(jobs), capture_output=True, text=True, check=True)

    @law(zip(cases, json.loads(done.stdout), strict=True))
    def holds(case: tuple[str, dict[str, str]], rendered: str) -> None:
        release, given = case
        expected = _rendered(tmp_path, rendered)
        assert _read(tmp_path, release, given) == expected
        assert _evaluated(tmp_path, templates[release]) == expected

    holds()


@pytest.mark.full
def test_an_env_file_means_what_the_server_renders_from_it(
    tmp_path: Path, temporal: Callable[[str], TemporalBinaries]
) -> None:
    path = "common/config/config_template_embedded.yaml"
    templates = {release: _template(release, path) for release in _EMBEDDED}
    (tmp_path / "template").mkdir()

    @law([(release, given) for release in _EMBEDDED for given in _given(release, templates[release])])
    def holds(release: str, given: dict[str, str]) -> None:
        template = templates[release]
        (tmp_path / "template" / "docker.yaml").write_text(template)
        folder: list[str | Path] = ["--config", tmp_path / "template", "--env", "docker"]
        command = [temporal(release).server, *folder, "render-config"]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, env=given)
        # The server masks every password, also an empty one.
        rendered = re.sub(r"(password: ).*", r"\1masked", done.stdout)
        expected = _rendered(tmp_path, rendered)
        assert _read(tmp_path, release, given) == expected
        assert _evaluated(tmp_path, template) == expected

    holds()


#: Values that a template puts into its file as they are, and one that cannot be right.
_UNESCAPED: list[dict[str, str]] = [
    *(
        {**_POSTGRESQL, "POSTGRES_PWD": text}
        for text in ("#%: {}&*!", 'a"b', "a\\word", "a\\\\b", "a\\nb", "a\\")
    ),
    {**_POSTGRESQL, "POSTGRES_USER": 'a"b'},
    {**_POSTGRESQL, "DBNAME": '"temporal"'},
    {**_POSTGRESQL, "VISIBILITY_DBNAME": "a\\word"},
    _CASSANDRA | _SEARCH | {"KEYSPACE": '"temporal"'},
    _CASSANDRA | _SEARCH,
    _CASSANDRA | _SEARCH | {"CASSANDRA_ALLOWED_AUTHENTICATORS": "org.example.Authenticator"},
    _POSTGRESQL | {"CASSANDRA_ALLOWED_AUTHENTICATORS": "org.example.Authenticator"},
]


@pytest.mark.parametrize(
    "release", ["1.31.2", *(pytest.param(each, marks=pytest.mark.full) for each in ("1.30.4", "1.32.1"))]
)
def test_a_server_reads_what_its_template_renders_exactly_if_the_agent_says_so(
    release: str, tmp_path: Path, temporal: Callable[[str], TemporalBinaries]
) -> None:
    start: list[str | Path] = [temporal(release).server, "--allow-no-auth", "start"]

    @law(_UNESCAPED)
    def holds(given: dict[str, str]) -> None:
        kind = "cassandra" if "CASSANDRA_SEEDS" in given else "postgres12"
        # Nothing answers on this port, so a server that has read its file exits soon.
        seeds = {"POSTGRES_SEEDS": "127.0.0.1", "CASSANDRA_SEEDS": "127.0.0.1"}
        on = given | seeds | {"DB": kind, "DB_PORT": "1", "CASSANDRA_PORT": "1"}
        done = subprocess.run(
            start, capture_output=True, text=True, check=False, timeout=60, env=on, cwd=tmp_path
        )
        assert done.returncode != 0
        is_refused = any("not valid YAML" in each for each in _violations(tmp_path, release, on))
        assert is_refused == ("failed to unmarshal config file" in done.stdout + done.stderr)

    holds()


def _rendered(folder: Path, text: str) -> dict[str, object]:
    (folder / "rendered.yaml").write_text(text)
    return _cluster(folder, "server_config: rendered.yaml")


def _read(folder: Path, release: str, given: dict[str, str]) -> dict[str, object]:
    (folder / "x.env").write_text("".join(f"{name}='{value}'\n" for name, value in given.items()))
    return _cluster(folder, f"server_env: {{file: x.env, version: {release}}}")


def _violations(folder: Path, release: str, given: dict[str, str]) -> list[str]:
    """What the agent says that releases refuse in the file of their image."""
    (folder / "x.env").write_text("".join(f"{name}='{value}'\n" for name, value in given.items()))
    (folder / "agent.yaml").write_text(f"clusters: [{{server_env: {{file: x.env, version: {release}}}}}]")
    (cluster,) = load_config(folder / "agent.yaml").clusters
    assert cluster.server_file is not None
    return [each.found for each in cluster.server_file.violations or ()]


def _evaluated(folder: Path, template: str) -> dict[str, object]:
    """What the agent evaluates, with the env file that `_read` wrote."""
    (folder / "template.yaml").write_text(template)
    return _cluster(folder, "server_config: {file: template.yaml, env: x.env}")


def _cluster(folder: Path, line: str) -> dict[str, object]:
    """The cluster as if written by hand; of passwords only whether there is one."""
    path = folder / "agent.yaml"
    path.write_text(f"clusters: [{{{line}}}]")
    (cluster,) = yaml.safe_load(as_yaml(load_config(path)))["clusters"]
    # A rendered file does not name its release. The last one is the content of a file in the image.
    for key in ("violations", "notes", "image_release", "dynamic_values"):
        cluster["server_file"].pop(key, None)
    for role in ("persistence", "visibility", "secondary_visibility", "search"):
        for settings in cluster.get(role, {}).values():
            if "password" in settings:
                settings["password"] = "set"
    return dict(cluster)
