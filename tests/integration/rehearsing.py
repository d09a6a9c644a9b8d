"""A cluster that is taken along its plan, by real schema tools and real servers."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from agent.config import load_config
from agent.model.vocabulary import Check, Role, Verdict
from agent.polling.clock import now
from agent.polling.one_shot import Assumption, probe_once
from agent.polling.tool_access import toolbox
from agent.snapshot import Snapshot
from agent.upgrade import Hop, Plan, Step, StepKind, plan_upgrade

from .agents import MATRIX, result, write_config
from .rehearsed_stores import RehearsedStores
from .servers.cassandra_build import cassandra_tool
from .servers.commands import run
from .servers.requirement import require
from .servers.temporal import TemporalServer, try_start
from .servers.temporal_build import TemporalBinaries, release_number


@dataclass
class Rehearsal:
    """The cluster, and what its way is followed with.

    `built`: the releases that there are, oldest first. `stood_in`: whose tool was used for the hop to which
    minor, where it was not the hop's own. `log`: what the last server wrote.
    """

    folder: Path
    binaries: Callable[[str], TemporalBinaries]
    built: list[str]
    stores: RehearsedStores
    stood_in: dict[str, str] = field(default_factory=dict)
    log: str = ""

    def described(self, frontend: str) -> Path:
        """The agent's configuration of it."""
        cluster = {"name": "rehearsal", "temporal": {"frontend": frontend}, **self.stores.described()}
        return write_config(self.folder, [cluster])

    def neighbour(self, release: str) -> str:
        """The release itself, or the newest that is built of its minor; empty where none is."""
        same = [name for name in self.built if release_number(name)[:2] == release_number(release)[:2]]
        return release if release in same else (same or [""])[-1]

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
        self.stores.forget_members()
        came_up, self.log = try_start(self.binaries(release), self.stores)
        return came_up

    def follow(self, hop: Hop) -> None:
        """Do a hop's steps, except for what only a person can."""
        for step in hop.steps:
            if step.kind is StepKind.SCHEMA:
                self._run(step, hop.release)
            elif step.kind is StepKind.CONFIGURATION:
                assert step.role is not None
                self.stores = self.stores.with_plugin(step.role, step.to)

    def _run(self, step: Step, release: str) -> None:
        newer = [name for name in self.built if release_number(name) >= release_number(release)]
        stands_in = self.binaries((newer or self.built[-1:])[0])
        if stands_in.version != release:
            # The newest patch of a minor changes with the matrix.
            self.stood_in[release.rpartition(".")[0]] = stands_in.version
        home = self.folder / "tools" / stands_in.version
        lay_out(step.tool.partition(" ")[0], stands_in, home)
        # A newer tool is told where to stop; old ones end with an error where that is reached already, so
        # the plan does not tell them.
        told = "" if "--version" in step.command else f" --version {step.to}"
        command = step.command + (told if stands_in.version != release else "")
        if stands_in.schemas is None:
            # A tool that holds the schemas itself takes their name, not their folder.
            command = command.replace("--schema-dir ./schema/", "--schema-name ").replace("/versioned", "")
        path = f"{home}{os.pathsep}{os.environ['PATH']}"
        run(["bash", "-euc", command], cwd=home, env={**self.stores.secrets(), "PATH": path})


def lay_out(tool: str, binaries: TemporalBinaries, home: Path) -> None:
    """The tool and the schemas of a release, in a folder as a plan's script wants it."""
    home.mkdir(parents=True, exist_ok=True)
    of_sql = tool == "temporal-sql-tool"
    shutil.copy(
        binaries.sql_tool if of_sql else require(lambda: cassandra_tool(binaries.version)), home / tool
    )
    if binaries.schemas is not None:
        (home / "schema").unlink(missing_ok=True)
        (home / "schema").symlink_to(binaries.schemas)


def rehearse(rehearsal: Rehearsal, start: str, target: str) -> list[str]:
    """Follow the plan; the releases at which gate and binary were held against each other.

    Where a hop's release is not built, another patch of its minor runs, if one is.
    """
    plan = rehearsal.plan(start, target)
    assert not plan.blockers, plan.blockers
    assert plan.hops[-1].release == target
    before, compared = start, []
    for hop in plan.hops:
        runs = rehearsal.neighbour(hop.release)
        schema_steps = [step for step in hop.steps if step.kind is StepKind.SCHEMA]
        if runs not in ("", before) and schema_steps:
            says = rehearsal.gate(runs).judgement.start.would_start
            assert says is False or runs != hop.release
            assert rehearsal.starts(runs) is says, rehearsal.log
        rehearsal.follow(hop)
        for step in schema_steps:
            assert step.role is not None
            assert rehearsal.stores.schema(step.role) == step.to
        snapshot = rehearsal.gate(hop.release)
        assert snapshot.judgement.start.would_start is True, snapshot.judgement.start
        for role in (Role.PERSISTENCE, Role.VISIBILITY):
            assert result(snapshot, role, Check.SCHEMA).verdict is Verdict.SUPPORTED
        if runs not in ("", before):
            assert rehearsal.starts(runs), rehearsal.log
            # The way back: of a neighbour the plan promises it, of an older one the gate says whether.
            goes_back = rehearsal.gate(before).judgement.start.would_start
            assert rehearsal.starts(before) is goes_back, rehearsal.log
            assert goes_back or hop.back_to != before
            assert rehearsal.starts(runs), rehearsal.log
            before = runs
            compared.append(runs)
    return compared
