"""Kafka brokers of their own for tests: with ZooKeeper (2.1.1), or with controllers of their own (4.1.0)."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .certificates import Authority
from .commands import run, which
from .kafka_build import Jars
from .process import Process, free_port, temporary_folder
from .running import Running

_KEY_PASSWORD = "changeit"
#: The id of every cluster here; each is alone on its controller's port.
_CLUSTER = "0123456789abcdefABCDEF"
_PLAIN, _SCRAM = (
    "org.apache.kafka.common.security.plain.PlainLoginModule",
    "org.apache.kafka.common.security.scram.ScramLoginModule",
)


@dataclass(frozen=True)
class KafkaOptions:
    """What tests vary, beside where the cluster is coordinated.

    `zookeeper`: its `host:port`, for 2.1.1. `joins`: the first broker of the cluster that this one joins.
    `login`: the password that the listener asks for. `may_not`: a user who logs in has no right at all.
    `tls` encrypts the listener, and `mutual` asks the client for a certificate. `advertised`: an address that
    it tells clients in place of its own.
    """

    zookeeper: str = ""
    joins: KafkaServer | None = None
    login: str = ""
    may_not: bool = False
    tls: Authority | None = None
    mutual: bool = False
    advertised: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)


class KafkaServer(Running):
    """One broker on loopback. Starts when entered as a context; `stop` and `start` keep data and ports."""

    user = "agent"

    def __init__(self, jars: Jars, options: KafkaOptions | None = None) -> None:
        self.version = jars.version
        self.options = options or KafkaOptions()
        self.port = free_port()
        self._inner_port = free_port()
        joins = self.options.joins
        self._node: int = joins._node + 1 if joins else 1
        self._controller_port: int = joins._controller_port if joins else free_port()
        self._folder = temporary_folder(f"kafka-{jars.version}")
        config = self._folder / "server.properties"
        config.write_text("".join(f"{key}={value}\n" for key, value in self._config().items()))
        java: list[str | Path] = [jars.java, "-Xms256M", "-Xmx256M", "-XX:+UseSerialGC", "-XX:-UsePerfData"]
        java += [f"-Djava.io.tmpdir={self._folder}", "-cp", f"{jars.folder}/*"]
        if not self.options.zookeeper:
            login = f"SCRAM-SHA-512=[name={self.user},password={self.options.login}]"
            scram = ["--add-scram", login] if self.options.login and not joins else []
            run([*java, "kafka.tools.StorageTool", "format", "-t", _CLUSTER, "-c", config, *scram])
        self._process = Process(f"Kafka {jars.version}", [*java, "kafka.Kafka", config], self._folder)

    @property
    def address(self) -> str:
        """Its `host:port` for clients."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Starts, and waits until it says that it has."""
        before = self._starts()
        self._process.start(lambda: self._starts() > before, timeout=120)

    def stop(self) -> None:
        """Ends it at once; its data stay."""
        self._process.stop(kill=True)

    def close(self) -> None:
        """Ends it, and removes its files."""
        self._process.stop(kill=True)
        shutil.rmtree(self._folder)

    def _starts(self) -> int:
        return sum(line.endswith(("] started", "Server started")) for line in self._log())

    def _log(self) -> list[str]:
        return [line for line in self._process.log_text().splitlines() if " INFO kafka.server.Kafka" in line]

    def _config(self) -> dict[str, object]:
        options = self.options
        protocol = f"{'SASL_' if options.login else ''}{'SSL' if options.tls else 'PLAINTEXT'}"
        config: dict[str, object] = {
            "broker.id" if options.zookeeper else "node.id": self._node,
            "log.dirs": self._folder / "data",
            "listeners": f"CLIENTS://{self.address},INNER://127.0.0.1:{self._inner_port}",
            "advertised.listeners": (
                f"CLIENTS://{options.advertised or self.address},INNER://127.0.0.1:{self._inner_port}"
            ),
            "listener.security.protocol.map": f"CLIENTS:{protocol},INNER:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "INNER",
            "offsets.topic.replication.factor": 1,
            "num.network.threads": 1,
            "num.io.threads": 2,
            "log.cleaner.enable": "false",
        }
        if options.zookeeper:
            config["zookeeper.connect"] = options.zookeeper
        else:
            config |= self._by_itself()
        if options.login:
            config |= self._logins(options.login)
        if options.tls:
            own = key_store(options.tls, self._folder)
            config |= {f"ssl.keystore.{key}": value for key, value in own.items()}
            config |= {"ssl.client.auth": "required" if options.mutual else "none"}
            config |= {"ssl.truststore.type": "PEM", "ssl.truststore.location": options.tls.ca}
        return config | dict(options.settings)

    def _by_itself(self) -> dict[str, object]:
        """Without ZooKeeper: the first broker of a cluster is also its only controller."""
        config: dict[str, object] = {
            "process.roles": "broker" if self.options.joins else "broker,controller",
            "controller.quorum.voters": f"1@127.0.0.1:{self._controller_port}",
            "controller.listener.names": "CONTROLLER",
        }
        if not self.options.joins:
            config["listeners"] = (
                f"CLIENTS://{self.address},INNER://127.0.0.1:{self._inner_port},"
                f"CONTROLLER://127.0.0.1:{self._controller_port}"
            )
        if self.options.may_not:
            config |= {
                "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                # Who does not log in is the broker itself, by its inner listener.
                "super.users": "User:ANONYMOUS",
            }
        return config

    def _logins(self, password: str) -> dict[str, object]:
        plain = f'{_PLAIN} required user_{self.user}="{password}";'
        return {
            "listener.name.clients.sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
            "listener.name.clients.plain.sasl.jaas.config": plain,
            "listener.name.clients.scram-sha-512.sasl.jaas.config": f"{_SCRAM} required;",
        }


def key_store(authority: Authority, folder: Path) -> dict[str, object]:
    """The settings of a new key store for a server on 127.0.0.1."""
    own = authority.issue(folder.name)
    store = folder / "keystore.p12"
    files: list[str | Path] = ["-in", own.cert, "-inkey", own.key, "-out", store]
    run([which("openssl"), "pkcs12", "-export", *files, "-passout", f"pass:{_KEY_PASSWORD}"])
    return {"type": "PKCS12", "location": store, "password": _KEY_PASSWORD}
