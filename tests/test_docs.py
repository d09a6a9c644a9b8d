"""Docs that fail when they lie: every example loads, every key and reason is told."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import click
import pytest
import yaml
from pydantic import BaseModel

from agent.cli import cli
from agent.config import Config, MatrixSource, load_config
from agent.config.connection import Tls
from agent.config.model import Cluster, PrometheusTarget, Temporal
from agent.config.monitoring import MonitoringPart, ObservationPart, WebApi
from agent.config.server_file import ServerFile
from agent.config.stores import Cassandra, Custom, Elasticsearch, MySql, PostgreSql, Sqlite
from agent.config.streaming import EventStreaming, Kafka, ZooKeeper
from agent.config.waiver import Waiver
from agent.matrix_sources.overlay import overlaid
from agent.web.tls_config import load_web_config
from tests.building import MATRIX
from tests.reference import GENERATED, generated_part

ROOT = Path(__file__).parents[1]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
COMMAND_PAGES = [
    *PAGES,
    *sorted((ROOT / "deploy").rglob("*.md")),
    *sorted((ROOT / "dashboards").rglob("*.md")),
]


def _blocks() -> list[Any]:
    found = []
    for page in PAGES:
        for index, block in enumerate(re.findall(r"```yaml\n(.*?)```", page.read_text(), re.DOTALL)):
            found.append(pytest.param(block, id=f"{page.relative_to(ROOT)}-{index}"))
    return found


@pytest.mark.parametrize("block", _blocks())
def test_every_yaml_block_is_valid(block: str, tmp_path: Path) -> None:
    data = yaml.safe_load(block)
    if "statements" in data:
        overlay = tmp_path / "overlay.yaml"
        overlay.write_text(block)
        assert overlaid(MATRIX, [overlay]).support.statements[0].source.endswith("(overlay overlay.yaml)")
    elif "clusters" in data:
        file = tmp_path / "agent.yaml"
        file.write_text(block)
        assert load_config(file).clusters
    elif data.get("kind") == "Job":
        (container,) = data["spec"]["template"]["spec"]["containers"]
        name, *arguments = container["args"]
        told = cli.commands[name]
        told.make_parser(click.Context(told, help_option_names=["-h", "--help"])).parse_args(args=arguments)
    elif "tls_server_config" in data:
        file = tmp_path / "web.yaml"
        file.write_text(block)
        assert load_web_config(file).basic_auth_users
    elif data.keys() & {"steps", "repos"}:
        # tests/delivery/test_doors.py compares them with the action and the hook.
        assert len(data) == 1
    else:
        # The others are Prometheus' own; a real one reads the rules in tests/integration.
        assert set(data) <= {"scrape_configs", "rule_files"}
        assert all(job["honor_labels"] for job in data["scrape_configs"])


def _command_lines(text: str) -> Iterator[str]:
    """The commands of this program in blocks for a shell, and in the text."""
    for _, block in re.findall(r"^( *)```sh\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE):
        yield from re.findall(r"(?<![\w/])temporal-compat-agent [^\n|)&]+", block.replace("\\\n", " "))
    yield from re.findall(r"`(temporal-compat-agent [^`]+)`", text)


def test_every_command_in_the_documentation_is_accepted() -> None:
    found = [
        (page.relative_to(ROOT), line) for page in COMMAND_PAGES for line in _command_lines(page.read_text())
    ]
    broken = [f"{page}: {line}: {error}" for page, line in found if (error := _refusal(line))]
    assert broken == []
    assert len(found) > 90


def _refusal(line: str) -> str:
    """Why the program does not accept this command line; empty where it does."""
    _, *arguments = shlex.split(line.partition(" > ")[0], comments=True)
    command: click.Command = cli
    try:
        while isinstance(command, click.Group) and arguments and not arguments[0].startswith("-"):
            command = command.commands[arguments.pop(0)]
        # click keeps the help option that it makes first, so it must have both names here, too.
        context = click.Context(command, help_option_names=["-h", "--help"])
        command.make_parser(context).parse_args(args=arguments)
    except (KeyError, click.UsageError) as error:
        # `COMMAND` stands for each of them.
        return "" if error.args == ("COMMAND",) else repr(error)
    return ""


def test_every_key_of_the_configuration_is_documented() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text()
    models: list[type[BaseModel]] = [Config, MatrixSource, Cluster, Waiver, Temporal, PrometheusTarget]
    models += [Cassandra, Custom, Elasticsearch, MySql, PostgreSql, Sqlite, Tls]
    models += [MonitoringPart, ObservationPart, WebApi, ServerFile]
    models += [EventStreaming, Kafka, ZooKeeper]
    for model in models:
        for key in model.model_fields:
            assert re.search(rf"`[^`\n]*\b{key}\b[^`\n]*`", page), f"{model.__name__}.{key}"


def test_every_plugin_of_the_configuration_is_documented() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text()
    for model in (MySql, PostgreSql):
        (choices, _none) = get_args(model.model_fields["plugin"].annotation)
        assert all(f"`{plugin}`" in page for plugin in get_args(choices))


@pytest.mark.parametrize("name", GENERATED)
def test_a_generated_part_of_the_docs_equals_the_code(name: str) -> None:
    assert generated_part(name) == GENERATED[name][1](), "make docs writes it again"


def test_every_link_within_the_documentation_leads_somewhere() -> None:
    for page in PAGES:
        for link in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            if not link.startswith(("http://", "https://")):
                assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_every_file_of_grants_is_used_by_an_integration_test() -> None:
    sources = [path.read_text() for path in (ROOT / "tests" / "integration").rglob("*.py")]
    files = [path.name for path in (ROOT / "docs" / "grants").iterdir()]
    assert files
    # `statements` of tests/integration/servers/grants.py takes the name as its first argument.
    assert [name for name in files if not any(f'"{name}", ' in text for text in sources)] == []
