"""Plans followed to the letter: each command is run by a real schema tool, and each release that is built
says by itself whether it starts.

Of the releases on the way only some can be built. For a tool that is not built, that of the next newer
release that is stands in, told to stop at the version that the plan names; the tests name each of them.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from agent.config import load_config
from agent.cycle import now
from agent.probing import Assumption, probe_once
from agent.snapshot import Snapshot
from agent.store_access import toolbox
from agent.upgrade import Hop, Plan, Step, StepKind, plan_upgrade
from agent.vocabulary import Check, Role, Verdict

from .agents import MATRIX, result, store, write_config
from .servers.commands import run
from .servers.postgres import PostgresServer
from .servers.stores import Stores, create_own_stores, schema_version
from .servers.temporal import TemporalServer, try_start
from .servers.temporal_build import (
    OLD_TEMPORAL_VERSIONS,
    TEMPORAL_VERSIONS,
    TemporalBinaries,
    release_number,
)


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch, plain_postgres15: PostgresServer) -> None:
    monkeypatch.setenv("TEMPORAL_STORE_PASSWORD", plain_postgres15.password)


@dataclass
class Rehearsal:
    """A cluster on PostgreSQL that is taken along its plan.

    `built`: the releases that there are, oldest first. `stood_in`: whose tool was used for which hop, where
    it was not the hop's own.
    """

    folder: Path
    binaries: Callable[[str], TemporalBinaries]
    built: list[str]
    stores: Stores
    stood_in: dict[str, str] = field(default_factory=dict)

    def described(self, frontend: str) -> Path:
        """The agent's configuration of it."""
        plugins = (
            {"plugin": self.stores.plugin},
            {"plugin": self.stores.visibility_plugin or self.stores.plugin},
        )
        described: dict[str, Any] = {
            "name": "rehearsal",
            "temporal": {"frontend": frontend},
            "persistence": store(self.stores, self.stores.default, **plugins[0]),
            "visibility": store(self.stores, self.stores.visibility, **plugins[1]),
        }
        return write_config(self.folder, [described])

    def plan(self, start: str, target: str) -> Plan:
        """What the agent plans while the release runs."""
        with TemporalServer(self.binaries(start), self.stores) as server:
            config = load_config(self.described(server.grpc_address))
            (snapshot,) = probe_once(config, MATRIX)
        return plan_upgrade(
            MATRIX, snapshot.subject, snapshot.observations, now(), target, toolbox(config.clusters[0])
        )

    def gate(self, release: str) -> Snapshot:
        """What `check --assume-server` says now; no server runs meanwhile."""
        config = load_config(self.described("127.0.0.1:1"))
        (snapshot,) = probe_once(config, MATRIX, Assumption(release))
        return snapshot

    def starts(self, release: str) -> bool:
        """Whether the binary comes up and answers."""
        # Servers that were killed would be waited for.
        self.stores.postgres.sql("DELETE FROM cluster_membership", database=self.stores.default)
        came_up, _ = try_start(self.binaries(release), self.stores)
        return came_up

    def follow(self, hop: Hop) -> None:
        """Do a hop's steps, except for what only a person can."""
        for step in hop.steps:
            if step.kind is StepKind.SCHEMA:
                self._run(step, hop.release)
            elif step.kind is StepKind.CONFIGURATION:
                key = "plugin" if step.role is Role.PERSISTENCE else "visibility_plugin"
                self.stores = replace(self.stores, **{key: step.to})

    def _run(self, step: Step, release: str) -> None:
        newer = [name for name in self.built if release_number(name) >= release_number(release)]
        stands_in = self.binaries((newer or self.built[-1:])[0])
        if stands_in.version != release:
            self.stood_in[release] = stands_in.version
        home = self.folder / "tools" / stands_in.version
        home.mkdir(parents=True, exist_ok=True)
        shutil.copy(stands_in.sql_tool, home / "temporal-sql-tool")
        # A newer tool is told where to stop; old ones end with an error where that is reached already, so
        # the plan does not tell them.
        told = "" if "--version" in step.command else f" --version {step.to}"
        command = step.command + (told if stands_in.version != release else "")
        if stands_in.schemas is not None:
            (home / "schema").unlink(missing_ok=True)
            (home / "schema").symlink_to(stands_in.schemas)
        else:
            # A tool that holds the schemas itself takes their name, not their folder.
            command = command.replace("--schema-dir ./schema/", "--schema-name ").replace("/versioned", "")
        password = self.stores.postgres.password
        secrets = {"PERSISTENCE_PASSWORD": password, "VISIBILITY_PASSWORD": password}
        path = f"{home}{os.pathsep}{os.environ['PATH']}"
        run(["bash", "-euc", command], cwd=home, env={**secrets, "PATH": path})


def rehearse(rehearsal: Rehearsal, start: str, target: str) -> list[str]:
    """Follow the plan; the releases at which gate and binary were held against each other."""
    plan = rehearsal.plan(start, target)
    assert not plan.blockers, plan.blockers
    assert plan.hops[-1].release == target
    before, compared = start, []
    for hop in plan.hops:
        is_built = hop.release in rehearsal.built
        schema_steps = [step for step in hop.steps if step.kind is StepKind.SCHEMA]
        if is_built and schema_steps:
            assert rehearsal.gate(hop.release).judgement.start.would_start is False
            assert not rehearsal.starts(hop.release)
        rehearsal.follow(hop)
        for step in schema_steps:
            database = (
                rehearsal.stores.default if step.role is Role.PERSISTENCE else rehearsal.stores.visibility
            )
            assert schema_version(rehearsal.stores.postgres, database) == step.to
        snapshot = rehearsal.gate(hop.release)
        assert snapshot.judgement.start.would_start is True, snapshot.judgement.start
        for role in (Role.PERSISTENCE, Role.VISIBILITY):
            assert result(snapshot, role, Check.SCHEMA).verdict is Verdict.SUPPORTED
        if is_built:
            assert rehearsal.starts(hop.release)
            # The way back: of a neighbour the plan promises it, of an older one the gate says whether.
            goes_back = rehearsal.gate(before).judgement.start.would_start
            assert rehearsal.starts(before) is goes_back
            assert goes_back or hop.back_to != before
            assert rehearsal.starts(hop.release)
            before = hop.release
            compared.append(hop.release)
    return compared


def test_a_plan_from_1_24_to_1_31_leads_to_a_server_that_runs(
    tmp_path: Path, plain_postgres15: PostgresServer, temporal: Callable[[str], TemporalBinaries]
) -> None:
    old = temporal("1.24.2")
    stores = create_own_stores(plain_postgres15, old, "rehearsed_short")
    rehearsal = Rehearsal(tmp_path, temporal, sorted(TEMPORAL_VERSIONS, key=release_number), stores)
    assert rehearse(rehearsal, "1.24.2", "1.31.2") == ["1.31.2"]
    hops = ("1.25.2", "1.26.3", "1.27.4", "1.28.4", "1.29.7", "1.30.6")
    assert rehearsal.stood_in == dict.fromkeys(hops, "1.31.2")


@pytest.mark.full
def test_a_plan_from_1_3_to_1_31_is_right_at_every_release_that_is_built(
    tmp_path: Path, plain_postgres15: PostgresServer, temporal: Callable[[str], TemporalBinaries]
) -> None:
    built = sorted({*TEMPORAL_VERSIONS, *OLD_TEMPORAL_VERSIONS} - {"1.0.0"}, key=release_number)
    stores = create_own_stores(plain_postgres15, temporal("1.3.0"), "rehearsed_long", "postgres")
    rehearsal = Rehearsal(tmp_path, temporal, built, stores)
    assert rehearse(rehearsal, "1.3.0", "1.31.2") == ["1.8.2", "1.15.2", "1.23.1", "1.31.2"]
    assert rehearsal.stood_in == {
        **dict.fromkeys(("1.4.4", "1.5.8", "1.7.3"), "1.8.2"),
        **dict.fromkeys(("1.9.3", "1.11.4", "1.14.6"), "1.15.2"),
        **dict.fromkeys(("1.16.3", "1.19.1"), "1.20.4"),
        "1.21.6": "1.23.1",
        **dict.fromkeys(("1.24.3", "1.25.2", "1.26.3", "1.27.4", "1.28.4"), "1.29.1"),
        **dict.fromkeys(("1.29.7", "1.30.6"), "1.31.2"),
    }
