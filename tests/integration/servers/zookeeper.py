"""A ZooKeeper server of its own for tests, alone or as a member of an ensemble."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from .certificates import Authority
from .kafka import key_store
from .kafka_build import Jars
from .process import Process, free_port, temporary_folder
from .running import Running

# The only one that encrypts.
_NETTY = "org.apache.zookeeper.server.NettyServerCnxnFactory"
_MAIN = "org.apache.zookeeper.server.quorum.QuorumPeerMain"


@dataclass(frozen=True)
class Member:
    """The ports of one member of an ensemble."""

    client: int = field(default_factory=free_port)
    peers: int = field(default_factory=free_port)
    election: int = field(default_factory=free_port)


class ZooKeeperServer(Running):
    """One server on loopback. Starts when entered as a context; `stop` and `start` keep data and ports.

    `tls`: its only port for clients is encrypted (3.9.4). `members`: the ensemble, of which this is the
    member `number`, from 1.
    """

    host = "127.0.0.1"

    def __init__(
        self, jars: Jars, *, tls: Authority | None = None, members: Sequence[Member] = (), number: int = 1
    ) -> None:
        self.version = jars.version
        self._member = members[number - 1] if members else Member()
        self._admin_port = free_port()
        self._folder = temporary_folder(f"zookeeper-{jars.version}")
        (self._folder / "data").mkdir()
        lines: dict[str, object] = {
            "tickTime": 500,
            "initLimit": 20,
            "syncLimit": 10,
            "dataDir": self._folder / "data",
            "secureClientPort" if tls else "clientPort": self._member.client,
            "secureClientPortAddress" if tls else "clientPortAddress": self.host,
            **{f"server.{n}": f"127.0.0.1:{m.peers}:{m.election}" for n, m in enumerate(members, 1)},
        }
        if not jars.version.startswith("3.4."):
            lines |= {"admin.serverPort": self._admin_port, "admin.serverAddress": "127.0.0.1"}
        if tls:
            lines |= {f"ssl.keyStore.{key}": value for key, value in key_store(tls, self._folder).items()}
            lines |= {"ssl.clientAuth": "none", "serverCnxnFactory": _NETTY}
        if members:
            (self._folder / "data" / "myid").write_text(str(number))
        config = self._folder / "zoo.cfg"
        config.write_text("".join(f"{key}={value}\n" for key, value in lines.items()))
        command: list[str | Path] = [jars.java, "-Xmx64M", "-XX:+UseSerialGC", "-XX:-UsePerfData"]
        command += ["-Dzookeeper.jmx.log4j.disable=true", "-cp", f"{jars.folder}/*", _MAIN, config]
        self._process = Process(f"ZooKeeper {jars.version}", command, self._folder)

    @property
    def address(self) -> str:
        """Its `host:port` for clients."""
        return (
            f"[{self.host}]:{self._member.client}"
            if ":" in self.host
            else f"{self.host}:{self._member.client}"
        )

    @property
    def admin(self) -> str:
        """The base URL of its admin server, from 3.5 on."""
        return f"http://127.0.0.1:{self._admin_port}"

    def start(self) -> None:
        """Starts and waits until it takes connections."""
        self._process.start(self._answers, timeout=60)

    def stop(self) -> None:
        """Ends it; its data stay."""
        self._process.stop(kill=True)

    def close(self) -> None:
        """Ends it, and removes its files."""
        self._process.stop(kill=True)
        shutil.rmtree(self._folder)

    def _answers(self) -> bool:
        try:
            socket.create_connection((self.host, self._member.client), 1).close()
        except OSError:
            return False
        return True


@contextmanager
def ensemble(jars: Jars, size: int) -> Iterator[list[ZooKeeperServer]]:
    """Several servers that are one ensemble."""
    members = [Member() for _ in range(size)]
    with ExitStack() as running:
        yield [
            running.enter_context(ZooKeeperServer(jars, members=members, number=number))
            for number in range(1, size + 1)
        ]
