"""A real proxy, nginx of Debian's package, before a search store."""

from __future__ import annotations

import platform
import shutil
import socket
from pathlib import Path

from . import cache
from .certificates import Certificate
from .commands import UnavailableError, run, which
from .process import Process, free_port, temporary_folder
from .running import Running


def nginx() -> Path:
    """The installed program, else that of Debian's package, unpacked into the cache.

    Installing the package would start a service.
    """
    try:
        return which("nginx")
    except UnavailableError:
        release = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
        return cache.entry("nginx", release, [release.encode()], _unpack_package) / "usr" / "sbin" / "nginx"


def _unpack_package(folder: Path) -> None:
    run([which("apt-get"), "download", "--quiet", "nginx"], cwd=folder)
    (package,) = folder.glob("*.deb")
    run([which("dpkg"), "-x", package, folder])
    package.unlink()


class NginxServer(Running):
    """A server with these `location` blocks, under TLS if it has a certificate. Starts when entered.

    `upstreams`: the blocks of the servers that it passes requests on to.
    """

    def __init__(
        self, program: Path, locations: str, certificate: Certificate | None = None, upstreams: str = ""
    ) -> None:
        self._port = free_port()
        self._scheme = "https" if certificate else "http"
        self._folder = temporary_folder("nginx")
        listen = f"listen {self.address}"
        if certificate is not None:
            listen += f" ssl; ssl_certificate {certificate.cert}; ssl_certificate_key {certificate.key}"
        # Whatever it writes, it writes into its folder.
        paths = " ".join(
            f"{kind}_temp_path {self._folder};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        config = self._folder / "nginx.conf"
        config.write_text(
            f"daemon off; master_process off; pid {self._folder}/pid; error_log stderr; events {{ }}\n"
            f"http {{ access_log off; {paths}\n{upstreams}\nserver {{ {listen};\n{locations}\n}} }}\n"
        )
        self._process = Process("nginx", [program, "-e", "stderr", "-c", config], self._folder)

    @property
    def address(self) -> str:
        """Its `host:port`."""
        return f"127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        """The id of its process."""
        return self._process.pid

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"{self._scheme}://{self.address}"

    def start(self) -> None:
        """Start, and wait until it answers."""
        self._process.start(self._listens)

    def close(self) -> None:
        """Ends it, and removes its files."""
        self._process.stop()
        shutil.rmtree(self._folder)

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
        except OSError:
            return False
        return True
