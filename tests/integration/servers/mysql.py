"""A MySQL or MariaDB server of its own for tests: passwords as in production, speed instead of durability."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pymysql

from . import cache
from .certificates import Certificate
from .commands import CommandError, bound, tail
from .grants import statements
from .mysql_build import MySqlHome
from .process import Process, free_port, temporary_folder
from .running import Running
from .sid import loader_of

_SETTINGS = {
    "bind-address": "127.0.0.1",
    "performance-schema": "OFF",
    "innodb-buffer-pool-size": "64M",
    "innodb-flush-log-at-trx-commit": "0",
    "max-connections": "300",
}
#: What only some versions have.
_FROM_MYSQL_8 = {"mysqlx": "OFF", "skip-log-bin": "ON", "innodb-flush-method": "nosync"}
#: The versions that set up their own tables.
_WITH_DICTIONARY = ("8.", "9.")


class MySqlServer(Running):
    """A server on loopback with a superuser of its own and the user `temporal`, who owns the databases.

    `start` and `stop` keep data and port; `close` removes all. Starts when entered as a context.
    """

    host = "127.0.0.1"
    user = "temporal"
    # With what needs quoting in a shell, SQL and YAML; the plugin's own address takes no more than this.
    password = "temporal's:p_ss#"
    superuser = "root"

    def __init__(
        self,
        home: MySqlHome,
        tls: tuple[Certificate, Path] | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """With `tls`, it shows this certificate and names this authority. `settings` replace our own."""
        self.home = home
        self.port = free_port()
        self._folder = temporary_folder(f"mysql-{home.version}", for_nobody=True)
        folder, libraries = home.folder, home.libraries
        if os.geteuid() == 0 and cache.root() in folder.parents:
            # The server runs as nobody, whom root's home (where the cache is) is closed to.
            folder = _linked(folder, self._folder / "home")
            libraries = _linked(libraries, self._folder / "libraries")
        self._data = self._folder / "data"
        names = ("sbin/mariadbd", "sbin/mysqld", "bin/mysqld")
        server = next(folder / name for name in names if (folder / name).exists())
        of_debian = server.parent.name == "sbin"
        self._share = folder / "share" / ("mysql" if of_debian else "")
        loader = loader_of(libraries)
        run_by: list[str | Path] = [loader, "--library-path", libraries] if loader else []
        # This Debian's own loader would fail with the C library of another.
        self._env = {} if loader else {"LD_LIBRARY_PATH": str(libraries)}
        self._command: list[str | Path] = [*run_by, server, "--no-defaults", f"--basedir={folder}"]
        if of_debian and not home.flavor:
            # Where Debian's build looks otherwise, nothing is installed.
            self._command += [f"--plugin-dir={folder / 'lib' / 'mysql' / 'plugin'}", "--secure-file-priv="]
        self._command += [f"--datadir={self._data}", f"--lc-messages-dir={self._share}"]
        self._command += [f"--socket={self._folder / 'socket'}", f"--pid-file={self._folder / 'pid'}"]
        if home.version.startswith("5."):
            # Its default file format keeps indexes too short for the schema.
            self._command += ["--explicit-defaults-for-timestamp"]
        own = _SETTINGS | (_FROM_MYSQL_8 if home.version.startswith(_WITH_DICTIONARY) else {})
        settings = {**own, **(settings or {})}
        command: list[str | Path] = [
            *self._command,
            f"--port={self.port}",
            *(f"--{key}={value}" for key, value in settings.items()),
        ]
        if tls:
            shown, authority = tls
            for option, file in (("cert", shown.cert), ("key", shown.key), ("ca", authority)):
                copied = Path(shutil.copy(file, self._folder / f"{option}.pem"))
                copied.chmod(0o644)
                command.append(f"--ssl-{option}={copied}")
        self._process = Process(f"MySQL {home.version}", command, self._folder, env=self._env, as_nobody=True)

    def begin(self) -> None:
        """Make its data and its user, too."""
        self._initialize()
        self.start()
        for name in ("%%", "localhost"):
            self.sql(f"CREATE USER '{self.user}'@'{name}' IDENTIFIED BY %s", (self.password,))

    def start(self) -> None:
        """Starts on the same data and port as before."""
        self._process.start(self._answers)

    def stop(self) -> None:
        """Stops at once, and keeps the data."""
        self._process.stop()

    def close(self) -> None:
        """Stops, and removes the data."""
        self._process.stop(kill=True)
        shutil.rmtree(self._folder)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """The server stands still: connections stay, and nobody answers."""
        os.kill(self._process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._process.pid, signal.SIGCONT)

    def connect(self, database: str | None = None) -> pymysql.Connection[Any]:
        """A connection of the superuser that commits each statement."""
        return pymysql.connect(
            host=self.host,
            port=self.port,
            user=self.superuser,
            database=database,
            connect_timeout=5,
            autocommit=True,
            ssl_disabled=True,
        )

    def sql(
        self, statement: str, parameters: Sequence[object] = (), *, database: str | None = None
    ) -> list[tuple[Any, ...]]:
        """Runs one statement as the superuser; returns its rows."""
        with self.connect(database) as connection, connection.cursor() as cursor:
            cursor.execute(statement, parameters or None)
            return list(cursor.fetchall())

    def create_database(self, name: str) -> None:
        """A new empty database that `user` owns."""
        self.sql(f"CREATE DATABASE `{name}` CHARACTER SET utf8")
        self.sql(f"GRANT ALL ON `{name}`.* TO '{self.user}'@'%'")
        self.sql(f"GRANT ALL ON `{name}`.* TO '{self.user}'@'localhost'")

    def create_reader(self, user: str, password: str, databases: Sequence[str]) -> None:
        """A user who may read `schema_version` in these databases, and nothing else of Temporal's."""
        names = {"'agent'": f"'{user}'"}
        self.sql(statements("mysql.sql", {**names, "change-me": password.replace("'", "''")})[0])
        for database in databases:
            self.sql(statements("mysql.sql", {**names, "`temporal`": f"`{database}`"})[1])

    def _initialize(self) -> None:
        if self.home.version.startswith(_WITH_DICTIONARY):
            self._run([*self._command, "--initialize-insecure"], b"")
            return
        self._data.mkdir()
        (self._data / "mysql").mkdir()
        if os.geteuid() == 0:
            for folder in (self._data, self._data / "mysql"):
                os.chown(folder, *(self._folder.stat().st_uid, self._folder.stat().st_gid))
        names = ["mysql_system_tables.sql", "mysql_system_tables_data.sql"]
        if self.home.flavor:
            names.insert(1, "mysql_performance_tables.sql")
        lines = [line for name in names for line in (self._share / name).read_text().splitlines()]
        # As mariadb-install-db does it: root has no password, and no name but localhost.
        script = "\n".join(line for line in lines if "@current_hostname" not in line)
        begin = "SET @auth_root_socket=NULL;\nSET @skip_auth_anonymous=1;\n" if self.home.flavor else ""
        self._run([*self._command, "--bootstrap"], f"use mysql;\n{begin}{script}\n".encode())

    def _run(self, command: Sequence[str | Path], script: bytes) -> None:
        done = subprocess.run(
            bound(command, as_nobody=True),
            env={**os.environ, **self._env},
            input=script,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if done.returncode:
            text = tail(done.stdout.decode(errors="replace"))
            raise CommandError(f"MySQL {self.home.version} could not be set up: {done.returncode}:\n{text}")

    def _answers(self) -> bool:
        try:
            self.connect().close()
        except pymysql.err.OperationalError:
            return False
        return True


def _linked(source: Path, target: Path) -> Path:
    """The same files under another name, without their bytes where the file system allows that."""
    try:
        shutil.copytree(source, target, symlinks=True, copy_function=os.link)
    except (OSError, shutil.Error):
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target, symlinks=True)
    target.chmod(0o755)
    return target
