"""A real pgbouncer before a PostgreSQL server, of Debian's package."""

from __future__ import annotations

import platform
import shutil
from pathlib import Path

import psycopg

from . import cache
from .certificates import Certificate
from .commands import run, which
from .postgres import PostgresServer
from .process import Process, free_port, temporary_folder
from .running import Running

#: With the libraries that Debian does not install by itself.
_PACKAGES = ("pgbouncer", "libc-ares2", "libevent-2.1-7")


def pgbouncer_home() -> Path:
    """Debian's package, unpacked into the cache; installing it would start a service."""
    release = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    inputs = [release.encode(), *(name.encode() for name in _PACKAGES)]
    return cache.entry("pgbouncer", release, inputs, _unpack)


def _unpack(folder: Path) -> None:
    run([which("apt-get"), "download", "--quiet", *_PACKAGES], cwd=folder)
    for package in folder.glob("*.deb"):
        run([which("dpkg"), "-x", package, folder])
        package.unlink()


class PgBouncer(Running):
    """Gives each transaction the one connection that it has for a database.

    Starts when entered as a context.
    """

    host = "127.0.0.1"

    def __init__(
        self, home: Path, postgres: PostgresServer, *, tls: tuple[str, Certificate] | None = None
    ) -> None:
        """`tls`: `client_tls_sslmode`, and the certificate that it shows."""
        self._postgres = postgres
        self.port = free_port()
        self._folder = temporary_folder("pgbouncer", for_nobody=True)
        # Nobody runs it, whom root's home (where the cache is) is closed to.
        home = shutil.copytree(home, self._folder / "home", symlinks=True)
        users = self._folder / "users"
        users.write_text(f'"{postgres.user}" "{postgres.password}"\n')
        configuration = self._folder / "pgbouncer.ini"
        configuration.write_text(
            "[databases]\n"
            f"* = host={postgres.host} port={postgres.port}\n"
            "[pgbouncer]\n"
            f"listen_addr = {self.host}\n"
            f"listen_port = {self.port}\n"
            "unix_socket_dir =\n"
            "auth_type = scram-sha-256\n"
            f"auth_file = {users}\n"
            "pool_mode = transaction\n"
            "default_pool_size = 1\n"
            "max_client_conn = 5000\n"
            "ignore_startup_parameters = extra_float_digits\n"
            f"server_login_retry = 1\n{self._tls(tls)}"
        )
        for file in (users, configuration):
            file.chmod(0o644)
        libraries = home / "usr" / "lib" / f"{platform.machine()}-linux-gnu"
        self._process = Process(
            "pgbouncer",
            [home / "usr" / "sbin" / "pgbouncer", configuration],
            self._folder,
            env={"LD_LIBRARY_PATH": str(libraries)},
            as_nobody=True,
        )

    def _tls(self, tls: tuple[str, Certificate] | None) -> str:
        if tls is None:
            return ""
        mode, certificate = tls
        lines = [f"client_tls_sslmode = {mode}\n"]
        for name, file in (("cert", certificate.cert), ("key", certificate.key)):
            own = Path(shutil.copyfile(file, self._folder / name))
            own.chmod(0o644)
            lines.append(f"client_tls_{name}_file = {own}\n")
        return "".join(lines)

    def start(self) -> None:
        """Start, and wait until it answers."""
        self._process.start(self._answers)

    def stop(self) -> None:
        """Stops at once, whoever is connected."""
        self._process.stop(kill=True)

    def close(self) -> None:
        """Stops, and removes its files."""
        self._process.stop(kill=True)
        shutil.rmtree(self._folder)

    def connect(self, database: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
        """A connection through it, as the user of the databases."""
        return psycopg.connect(
            host=self.host,
            port=self.port,
            dbname=database,
            user=self._postgres.user,
            password=self._postgres.password,
            connect_timeout=5,
            autocommit=True,
            prepare_threshold=None,
        )

    def _answers(self) -> bool:
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True
