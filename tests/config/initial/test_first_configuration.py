"""`config init`: what it writes from any file loads, means the same, and has no secret."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.config import ConfigError, load_config
from agent.config.initial.first_configuration import first_configuration
from agent.config.initial.starting_file import STARTING_FILE
from tests.commands import command
from tests.laws import law

FILES = Path(__file__).parent.parent / "temporal_files"
#: Each good file that is whole by itself, and what has to stand next to it.
SOURCES = [
    (path, options)
    for path, options in (
        # The other file is a part of one.
        *((path, {}) for path in sorted((FILES / "good").glob("*.server")) if ".unset." not in path.name),
        *((path, {}) for path in sorted((FILES / "good").glob("*.values"))),
        *((path, {}) for path in sorted((FILES / "good").glob("environment*.env"))),
        (FILES / "good" / "official.compose", {}),
        (FILES / "good" / "compose_kinds.list.compose", {}),
        (FILES / "good" / "compose_kinds.mapping.compose", {"service": "frontend"}),
        *(
            (FILES / "good" / "compose_kinds.search.compose", {"service": name})
            for name in ("old", "new", "own-build", "cassandra")
        ),
        (FILES / "bad" / "compose_files" / "several.compose", {"service": "lacking"}),
    )
]
#: The passwords in these files.
SECRETS = (
    *("of mysql", "of cassandra", "of the search", "of the database", "of the index", "of the values"),
    *("of the compose file", "hunter2"),
)

VALUES = """\
COMPUTED VALUES:
fullnameOverride: temporal
server:
  config:
    persistence:
      datastores:
        default:
          sql: {pluginName: postgres12, databaseName: temporal, connectAddr: "pg:5432",
                connectProtocol: tcp, user: temporal, password: hunter2}
        visibility:
          sql: {pluginName: postgres12, databaseName: temporal_visibility, connectAddr: "pg:5432",
                connectProtocol: tcp, user: temporal, password: "${PG_PASSWORD}"}
"""


def load(folder: Path, text: str) -> Any:
    path = folder / "agent.yaml"
    path.write_text(text, encoding="utf-8")
    return load_config(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("initial")


def test_what_is_written_loads_has_no_secret_and_a_comment_for_each_value(folder: Path) -> None:
    @law(SOURCES)
    def holds(path: Path, options: dict[str, str]) -> None:
        made = first_configuration(path, options)
        (cluster,) = load(folder, made.text).clusters
        assert cluster.temporal
        assert not [word for word in SECRETS if word in made.text]
        values = re.findall(r"^ +[^#\n]*: [^\n]+$", made.text, re.MULTILINE)
        assert all("  # " in line or line.lstrip().startswith("- {") for line in values)

    holds()


def test_a_whole_file_means_the_same_as_its_one_line(folder: Path) -> None:
    @law(["postgresql", "sqlite", "rendered", "official_compose"])
    def holds(name: str) -> None:
        (one_line,) = load_config(FILES / "good" / f"{name}.yaml").clusters
        source = {"official_compose": "official.compose"}.get(name, f"{name}.server")
        made = first_configuration(FILES / "good" / source)
        (written,) = load(folder, made.text).clusters
        first, second = (_without_secrets(each.model_dump()) for each in (one_line, written))
        assert first == second

    holds()


def _without_secrets(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {key: _without_secrets(each) for key, each in value.items() if key not in ("password", "notes")}


@law(
    [
        ("A=b", "sets no variable of Temporal's images"),
        ("services: {a: {image: b}}", "has no service with the image"),
        ("{}", "helm get values RELEASE --all"),
        ("a: [", "is not valid YAML"),
    ]
)
def test_any_other_file_is_an_error_of_its_kind(text: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why) as caught:
        command("config", "init", "--from", "-", standard_input=text)
    assert {problem.file for problem in caught.value.problems} == {"standard input"}


def test_values_from_standard_input(tmp_path: Path) -> None:
    result = command("config", "init", "--from", "-", standard_input=VALUES)
    assert result.exit_code == 0
    assert "hunter2" not in result.stdout
    assert "host: pg  # from standard input:8: server.config" in result.stdout
    assert "set ${TEMPORAL_PERSISTENCE_PASSWORD} in the agent's environment" in result.stderr
    (cluster,) = load(tmp_path, result.stdout).clusters
    assert cluster.persistence.postgresql.password == "${TEMPORAL_PERSISTENCE_PASSWORD}"
    assert cluster.visibility.postgresql.password == "${PG_PASSWORD}"
    assert cluster.temporal.frontend == "temporal-frontend:7233"


def test_an_existing_file_stays(tmp_path: Path) -> None:
    output = tmp_path / "agent.yaml"
    arguments = ("config", "init", "--output", str(output))
    assert command(*arguments).exit_code == 0
    assert output.read_text() == STARTING_FILE
    output.write_text("mine")
    result = command(*arguments)
    assert (result.exit_code, output.read_text()) == (2, "mine")
    assert "exists" in result.stderr
    assert command("config", "init", "--output", str(tmp_path / "no" / "file")).exit_code == 2


def test_the_starting_file_loads_and_reaches_no_machine(tmp_path: Path) -> None:
    load(tmp_path, STARTING_FILE)
    (cluster,) = yaml.safe_load(STARTING_FILE)["clusters"]
    assert cluster["temporal"]["frontend"].split(":")[0].endswith(".invalid")


def test_options_choose_the_service_and_the_release() -> None:
    file = str(FILES / "good" / "compose_kinds.search.compose")
    made = command("config", "init", "--from", file, "--with", "service=new", "--with", "version=1.20.1")
    assert made.exit_code == 0
    assert "    search:\n" in made.stdout
    for wrong in ("service", "=a"):
        assert command("config", "init", "--from", file, "--with", wrong).exit_code == 2
    with pytest.raises(
        ConfigError, match="takes colour; the options are chart, container, env, release, service"
    ):
        command("config", "init", "--from", file, "--with", "colour=red")


def test_what_a_cluster_would_refuse_is_filled_in_or_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "x.env"
    path.write_text(
        "DB=postgres12\nPOSTGRES_SEEDS=pg\nPOSTGRES_USER=u\nENABLE_ES=true\nES_SEEDS=es\nES_PORT=99999"
    )
    made = first_configuration(path, {"version": "1.30.1"})
    (cluster,) = load(tmp_path, made.text).clusters
    assert cluster.visibility.elasticsearch.url == "http://fill-in.invalid:9200"
    path.write_text("DB=postgres12\nPOSTGRES_SEEDS=pg\nDB_PORT=99999\nPOSTGRES_USER=u")
    assert "# FILL IN: persistence.postgresql.port" in first_configuration(path, {"version": "1.30.1"}).text


def test_a_file_that_is_cut_off_is_an_error_or_loads(folder: Path) -> None:
    @law([(path, part) for path, options in SOURCES if not options for part in (1, 2, 3)])
    def holds(path: Path, part: int) -> None:
        content = path.read_bytes()
        cut = folder / "cut"
        cut.write_bytes(content[: len(content) * part // 4])
        with suppress(ConfigError):
            text = first_configuration(cut).text
            try:
                load(folder, text)
            except ConfigError:
                pytest.fail(text)

    holds()


def test_a_large_file_is_an_error(tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    with pytest.raises(ConfigError, match="larger than 1 MB"):
        first_configuration(tmp_path / "large")
