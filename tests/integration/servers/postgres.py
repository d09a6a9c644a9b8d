"""A PostgreSQL server of its own for tests: passwords as in production, data that needs no disk sync."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from . import cache
from .certificates import Certificate
from .commands import NOBODY, run
from .grants import statements
from .process import Process, free_port, temporary_folder
from .running import Running

# What a test server needs: TCP on loopback and nothing else, connections for several Temporal
# servers, and speed instead of durability.
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "300",
    "shared_buffers": "64MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


class PostgresServer(Running):
    """A server on loopback with a superuser of its own and the user `temporal`, who owns the databases.

    `start` and `stop` keep data and port; `close` removes all. Starts when entered as a context.
    """

    host = "127.0.0.1"
    user = "temporal"
    # With what needs quoting in a shell, a URL, SQL and YAML; Temporal itself does not stand a space.
    password = "temporal's:p@ss/w%rd#"
    # What releases before 1.20 stand, not all of which quote it for their URL.
    plain_password = "temporal"
    superuser = "postgres"
    superuser_password = "another password"

    def __init__(
        self,
        home: Path,
        version: str,
        *,
        plain: bool = False,
        tls: Certificate | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """With `plain`, the user has the plain password. With `tls`, it shows this certificate.

        `settings` replace our own.
        """
        self.version = version
        if plain:
            self.password = self.plain_password
        self.port = free_port()
        self._folder = temporary_folder(f"postgres-{version}", for_nobody=True)
        if os.geteuid() == 0 and cache.root() in home.parents:
            # The server runs as nobody, whom root's home (where the cache is) is closed to.
            home = shutil.copytree(home, self._folder / "home", symlinks=True)
        self._programs = home / "bin"
        self._data = self._folder / "data"
        command: list[str | Path] = [self._programs / "postgres", "-D", self._data, "-p", str(self.port)]
        for key, value in {**_SETTINGS, **self._tls(tls), **(settings or {})}.items():
            command += ["-c", f"{key}={value}"]
        self._process = Process(
            f"PostgreSQL {version}",
            command,
            self._folder,
            as_nobody=True,
            stop_signal=signal.SIGINT,  # doesn't wait for its clients to go
            on_death="QUIT",  # takes its own children along
        )

    def begin(self) -> None:
        """Make its data and its user, too."""
        self._initialize()
        self.start()
        self.sql(
            sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
                sql.Identifier(self.user), sql.Literal(self.password)
            )
        )

    def start(self) -> None:
        """Starts on the same data and port as before."""
        self._process.start(self._answers)

    def stop(self) -> None:
        """Stops at once, whoever is connected, and keeps the data."""
        self._process.stop()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """The server and its sessions stand still: connections stay, and nobody answers."""
        sessions = self.sql("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'")
        frozen = [
            pid for pid in (self._process.pid, *(pid for (pid,) in sessions)) if _signal(pid, "SIGSTOP")
        ]
        try:
            yield
        finally:
            for pid in frozen:
                _signal(pid, "SIGCONT")

    def close(self) -> None:
        """Stops, and removes the data."""
        self._process.stop()
        shutil.rmtree(self._folder)

    def connect(
        self, database: str = "postgres", user: str | None = None, password: str | None = None
    ) -> psycopg.Connection[tuple[Any, ...]]:
        """A connection, as the superuser unless told otherwise, that commits each statement."""
        return psycopg.connect(
            host=self.host,
            port=self.port,
            dbname=database,
            user=user or self.superuser,
            password=password or self.superuser_password,
            connect_timeout=5,
            autocommit=True,
        )

    def sql(
        self,
        statement: LiteralString | sql.Composed,
        parameters: Sequence[object] = (),
        *,
        database: str = "postgres",
    ) -> list[tuple[Any, ...]]:
        """Runs one statement as the superuser; returns its rows."""
        with self.connect(database) as connection:
            cursor = connection.execute(statement, parameters or None)
            return cursor.fetchall() if cursor.description else []

    def create_database(self, name: str) -> None:
        """A new empty database that `user` owns."""
        self.sql(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(self.user))
        )

    def create_reader(self, user: str, password: str, databases: Sequence[str]) -> None:
        """A user who may read `schema_version` in these databases, and nothing else of Temporal's."""
        create, grant = statements(
            "postgresql.sql", {"agent": user, "change-me": password.replace("'", "''")}
        )
        self.sql(create)
        for database in databases:
            self.sql(grant, database=database)

    def require_certificates(self, database: str, ca: Path) -> None:
        """From now on, clients of this database must show a certificate that this authority has signed."""
        own = Path(shutil.copyfile(ca, self._folder / "clients.pem"))
        own.chmod(0o644)
        rules = self._data / "pg_hba.conf"
        rule = f"hostssl {database} all all scram-sha-256 clientcert=verify-ca\n"
        rules.write_text(rule + rules.read_text())
        self.sql(sql.SQL("ALTER SYSTEM SET ssl_ca_file = {}").format(sql.Literal(str(own))))
        self.sql("SELECT pg_reload_conf()")

    def _tls(self, tls: Certificate | None) -> dict[str, str]:
        if tls is None:
            return {}
        # The server refuses a key that is not its own user's alone.
        files = {"ssl_cert_file": tls.cert, "ssl_key_file": tls.key}
        settings = {"ssl": "on"}
        for key, file in files.items():
            own = shutil.copyfile(file, self._folder / key)
            own.chmod(0o600)
            if os.geteuid() == 0:
                os.chown(own, NOBODY, NOBODY)
            settings[key] = str(own)
        return settings

    def _initialize(self) -> None:
        password = self._folder / "password"
        password.write_text(self.superuser_password)
        password.chmod(0o644)
        # 9.6 knows no other way to ask for a password than md5.
        method = "md5" if self.version.startswith("9.") else "scram-sha-256"
        run(
            [
                *(self._programs / "initdb", "-D", self._data),
                *("-U", self.superuser, f"--pwfile={password}"),
                *(f"--auth={method}", "--encoding=UTF8", "--no-locale", "--nosync"),
            ],
            cwd=self._folder,
            as_nobody=True,
        )

    def _answers(self) -> bool:
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True


class PostgresStandby(PostgresServer):
    """A hot standby of another server: it answers, and takes no writes."""

    def __init__(self, primary: PostgresServer) -> None:
        super().__init__(primary._programs.parent, primary.version)
        self.password = primary.password
        self._primary = primary

    def begin(self) -> None:
        """Copy the primary's data, too."""
        run(
            [
                *(self._programs / "pg_basebackup", "-D", self._data),
                *("-h", self._primary.host, "-p", str(self._primary.port), "-U", self.superuser),
                *("--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--no-sync"),
            ],
            cwd=self._folder,
            env={"PGPASSWORD": self.superuser_password},
            as_nobody=True,
        )
        self.start()


def _signal(pid: int, name: str) -> bool:
    try:
        os.kill(pid, signal.Signals[name])
    except ProcessLookupError:
        return False
    return True
