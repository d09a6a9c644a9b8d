"""Twenty messages, picked at random from the whole program: each, read alone, says what is wrong.

The golden file has their texts. After a change of words run `python -m tests.test_messages`, and read the
difference as somebody who knows Temporal and nothing of this project.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml

from agent.config import ConfigError, load_config
from agent.daemon.fleet import MonitoredCluster
from agent.model.observation import Facts, Observation
from agent.model.vocabulary import Check, Role
from agent.upgrade import Toolbox, plan_upgrade
from agent.verdict import ServerFile
from agent.web.web_file import WebFile
from tests.building import MATRIX, check, healthy, judged, later, subject
from tests.commands import answer, command, document

GOLDEN = Path(__file__).parent / "golden" / "messages.txt"
STORES = ("--persistence", "postgresql=15.4", "--visibility", "postgresql=15.4", "--plugin", "postgres12")
SCHEMAS = ("--schema", "persistence=1.19", "--schema", "visibility=1.14")


def config_error(settings: Mapping[str, Any], **changes: Any) -> Callable[[Path], str]:
    """The only error of a configuration with these settings, and these changes of its cluster."""

    def produce(folder: Path) -> str:
        cluster = {
            "name": "orders-live",
            "temporal": {"frontend": "temporal:7233"},
            "persistence": {"sqlite": {"path": "temporal.db"}},
            "visibility": {"sqlite": {"path": "visibility.db"}},
            **changes,
        }
        path = folder / "agent.yaml"
        path.write_text(yaml.safe_dump({**settings, "clusters": [cluster]}))
        with pytest.raises(ConfigError) as caught:
            load_config(path)
        (problem,) = caught.value.problems
        return str(problem)

    return produce


def waiver(**changes: str) -> list[dict[str, str]]:
    entry = {"role": "persistence", "check": "version", "reason": "below_minimum", "until": "2027-03-01"}
    return [{**entry, "comment": "Ada: until the new cluster is ready", **changes}]


def usage_error(*arguments: str) -> Callable[[Path], str]:
    """What a command writes to standard error, without its usage line."""

    def produce(folder: Path) -> str:
        (folder / "empty.yaml").touch()
        result = command(*(argument.replace("FOLDER", str(folder)) for argument in arguments))
        assert result.exit_code == 2
        return result.stderr.partition("Error: ")[2].strip()

    return produce


def finding(role: Role, kind: Check, *arguments: str) -> Callable[[Path], str]:
    """The message of one check of `check --server`."""

    def produce(_folder: Path) -> str:
        result = answer(document("check", *arguments)[1], role, kind)
        assert result is not None
        return str(result["message"])

    return produce


def with_facts(role: Role, **changes: Any) -> tuple[Observation, ...]:
    """A healthy cluster; the facts of one role have these changes."""

    def changed(facts: Facts | None) -> Facts:
        assert facts is not None
        return replace(facts, **changes)

    return tuple(
        replace(each, facts=changed(each.facts)) if each.target.role is role else each for each in healthy()
    )


def same_failover_version(_folder: Path) -> str:
    server = with_facts(Role.SERVER, details={"cluster_name": "active", "initial_failover_version": "1"})
    file = ServerFile(cluster_name="orders", history_shards=4, initial_failover_version=1)
    return judged(*server, on=replace(subject(), server_file=file)).start.message


def missing_extension(_folder: Path) -> str:
    stores = with_facts(Role.VISIBILITY, settings={"btree_gin": "absent"})
    return check(judged(*stores), Role.VISIBILITY, Check.PREREQUISITES).message


def missing_file(folder: Path) -> str:
    settings = {"clusters": [{"name": "orders-live", "temporal": {"frontend": "127.0.0.1:1"}}]}
    for role in ("persistence", "visibility"):
        settings["clusters"][0][role] = {"sqlite": {"path": str(folder / f"{role}.db")}}
    path = folder / "agent.yaml"
    path.write_text(yaml.safe_dump({**settings, "timeout": "2s"}))
    lines = command("config", "check", str(path), "--probe").stdout.splitlines()
    return next(line.strip() for line in lines if "persistence.db" in line)


def log_line(produce: Callable[[Path], None]) -> Callable[[Path], str]:
    """The one record of at least a warning that this writes: its message and its fields."""

    def read(folder: Path) -> str:
        records: list[logging.LogRecord] = []
        handler = logging.Handler(logging.WARNING)
        handler.emit = records.append  # type: ignore[method-assign, assignment]
        logger = logging.getLogger("agent")
        logger.addHandler(handler)
        try:
            produce(folder)
        finally:
            logger.removeHandler(handler)
        (record,) = records
        fields = {key: getattr(record, key) for key in ("cluster", "problem") if hasattr(record, key)}
        return " ".join([record.getMessage(), *(f"{key}={value}" for key, value in fields.items())])

    return read


def skip_a_round(folder: Path) -> None:
    path = folder / "agent.yaml"
    store = {"custom": {"name": "ours"}}
    cluster = {"name": "orders-live", "temporal": {"frontend": "127.0.0.1:1"}}
    path.write_text(yaml.safe_dump({"clusters": [{**cluster, "persistence": store, "visibility": store}]}))
    config = load_config(path)
    monitored = MonitoredCluster(config, config.clusters[0], MATRIX)
    with monitored._busy:
        assert not monitored.begin(lambda _seconds: None)


def reload_a_wrong_file(folder: Path) -> None:
    path = folder / "web.yaml"
    path.write_text("basic_auth_users: {}\n")
    web_file = WebFile(path)
    path.write_text("bogus: 1\n")
    assert not web_file.users


def silent_server(_folder: Path) -> str:
    plan = plan_upgrade(MATRIX, subject(), healthy(), later(1000.0), "1.32.2", Toolbox())
    return next(note.text for hop in plan.hops for note in hop.notes if "does not answer" in note.text)


def plan_text(start: str, target: str, kind: str) -> Callable[[Path], str]:
    """The first of the texts of this kind in a plan."""

    def produce(_folder: Path) -> str:
        _, plan = document("plan", "--from", start, "--to", target, *STORES)
        hop = plan["hops"][0]
        steps = (step["note"] for step in hop["steps"] if step["kind"] == kind)
        return next(steps) if kind != "blockers" else str(hop["blockers"][0]["message"])

    return produce


MESSAGES: Mapping[str, Callable[[Path], str]] = {
    "timeout above interval": config_error({"interval": "5s", "timeout": "10s"}),
    "no duration": config_error({"interval": "0s"}),
    "unknown role": config_error({}, waivers=waiver(role="persistance")),
    "empty comment": config_error({}, waivers=waiver(comment=" ")),
    "checksum alone": config_error({"matrix": {"sha256": "0" * 64}}),
    "no clusters": usage_error("check", "--config.file", "FOLDER/empty.yaml"),
    "plugin of another store": usage_error(
        "check", "--server", "1.31.2", *STORES, "--plugin", "visibility=mysql8"
    ),
    "schema without store": usage_error("check", "--server", "1.31.2", "--schema", "visibility=1.14"),
    "minor in place of release": usage_error("plan", "--from", "1.2", "--to", "1.31.2", *STORES),
    "runbook address": usage_error("rules", "--runbook-url", "my runbooks"),
    "unknown threshold": usage_error("rules", "--set", "unknown_after=30m"),
    "schema behind": finding(
        Role.PERSISTENCE, Check.SCHEMA, "--server", "1.31.2", *STORES, "--schema", "persistence=1.17"
    ),
    "store too old": finding(
        Role.PERSISTENCE, Check.VERSION, "--server", "1.31.2", "--persistence", "mysql=5.6"
    ),
    "same failover version": same_failover_version,
    "missing extension": missing_extension,
    "missing file": missing_file,
    "skipped round": log_line(skip_a_round),
    "wrong web file": log_line(reload_a_wrong_file),
    "silent server": silent_server,
    "rollback over a minor": plan_text("1.31.2", "1.28.4", "blockers"),
}


def texts(folder: Path) -> str:
    """One line for each message: its name and its text."""
    lines = []
    for name, produce in MESSAGES.items():
        place = folder / name.replace(" ", "-")
        place.mkdir()
        text = " ".join(produce(place).replace(f"{place}/", "").split())
        lines.append(f"{name}: {text}\n")
    return "".join(lines)


def test_the_messages_read_as_they_did(tmp_path: Path) -> None:
    assert len(MESSAGES) == 20
    assert texts(tmp_path) == GOLDEN.read_text(encoding="utf-8")


if __name__ == "__main__":
    with TemporaryDirectory() as temporary:
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(texts(Path(temporary)), encoding="utf-8")
