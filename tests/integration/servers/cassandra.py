"""A Cassandra node of its own for tests, in a small heap, and Temporal's keyspaces on it."""

from __future__ import annotations

import os
import shutil
import signal
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from cassandra import DriverException
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, NoHostAvailable, Session
from cassandra.policies import WhiteListRoundRobinPolicy

from .cassandra_build import CassandraJars
from .certificates import Authority
from .commands import run, which
from .process import Process, free_port, temporary_folder
from .running import Running
from .stores import Stores

# What Java 17 keeps from programs that were written for older ones (conf/jvm17-server.options of 5.0, and
# what 3.11 and 4.0 need beyond that).
_EXPORTS = (
    *("java.base/jdk.internal.misc", "java.base/jdk.internal.ref", "java.base/jdk.internal.perf"),
    *("java.base/sun.nio.ch", "java.management.rmi/com.sun.jmx.remote.internal.rmi"),
    *("java.rmi/sun.rmi.registry", "java.rmi/sun.rmi.server", "java.rmi/sun.rmi.transport.tcp"),
    *("java.sql/java.sql", "java.base/java.lang.ref", "jdk.unsupported/sun.misc"),
)
_OPENS = (
    *("java.base/java.lang", "java.base/java.lang.module", "java.base/java.lang.reflect"),
    *("java.base/java.util", "java.base/java.util.concurrent", "java.base/java.util.concurrent.atomic"),
    *("java.base/java.io", "java.base/java.nio", "java.base/java.math", "java.base/java.net"),
    *("java.base/jdk.internal.loader", "java.base/jdk.internal.reflect", "java.base/jdk.internal.math"),
    *("java.base/jdk.internal.module", "java.base/jdk.internal.util.jar", "java.base/jdk.internal.vm"),
    *("java.management/sun.management", "jdk.management/com.sun.management.internal"),
    *("java.rmi/sun.rmi.transport.tcp", "java.base/sun.nio.ch", "java.base/jdk.internal.ref"),
)
_LOGBACK = (
    '<configuration><appender name="OUT" class="ch.qos.logback.core.ConsoleAppender"><encoder>'
    "<pattern>%-5level %date{ISO8601} %logger{0} - %msg%n</pattern></encoder></appender>"
    '<root level="WARN"><appender-ref ref="OUT"/></root></configuration>'
)

_KEY_PASSWORD = "changeit"


@dataclass(frozen=True)
class CassandraOptions:
    """What tests vary. `seed` is the node whose cluster this one joins, on another address."""

    address: str = "127.0.0.1"
    seed: CassandraServer | None = None
    password: bool = False
    only_newest_protocol: bool = False
    tls: Authority | None = None


class CassandraServer(Running):
    """One node on loopback. `start` and `stop` keep data and ports; starts when entered as a context."""

    superuser = "cassandra"
    superuser_password = "cassandra"

    def __init__(self, jars: CassandraJars, options: CassandraOptions | None = None) -> None:
        self.version = jars.version
        self.options = options or CassandraOptions()
        seed = self.options.seed
        # Nodes of one cluster use the same ports, on addresses of their own.
        self.port: int = seed.port if seed else free_port()
        self._storage_port: int = seed._storage_port if seed else free_port()
        self._folder = temporary_folder(f"cassandra-{jars.version}")
        (self._folder / "tmp").mkdir()
        (self._folder / "logback.xml").write_text(_LOGBACK)
        (self._folder / "cassandra.yaml").write_text(yaml.safe_dump(self._config()))
        self._process = Process(f"Cassandra {jars.version}", self._command(jars), self._folder)

    @property
    def host(self) -> str:
        """The node's address."""
        return self.options.address

    def start(self) -> None:
        """Starts on the same data and ports as before."""
        self._process.start(self._answers, timeout=300)

    def stop(self) -> None:
        """Stops at once, and keeps the data."""
        self._process.stop(kill=True)

    def close(self) -> None:
        """Stops, and removes the data."""
        self._process.stop(kill=True)
        shutil.rmtree(self._folder)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """The node stands still: connections stay, and nobody answers."""
        os.kill(self._process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._process.pid, signal.SIGCONT)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session of the superuser with this node alone."""
        login = PlainTextAuthProvider(self.superuser, self.superuser_password)
        profile = ExecutionProfile(WhiteListRoundRobinPolicy([self.host]), request_timeout=30)
        cluster = Cluster(
            [self.host],
            self.port,
            auth_provider=login if self.options.password else None,
            ssl_context=_context(self.options.tls) if self.options.tls else None,
            protocol_version=5 if self.options.only_newest_protocol else 4,
            execution_profiles={EXEC_PROFILE_DEFAULT: profile},
            connect_timeout=5,
        )
        try:
            yield cluster.connect()
        finally:
            cluster.shutdown()

    def cql(self, statement: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Runs one statement as the superuser; returns its rows."""
        with self.session() as session:
            return [tuple(row) for row in session.execute(statement, parameters or None)]

    def _answers(self) -> bool:
        try:
            self.cql("SELECT release_version FROM system.local")
        except (DriverException, NoHostAvailable, OSError):
            return False
        return True

    def _config(self) -> dict[str, Any]:
        options = self.options
        old = self.version.startswith("3.")
        seed = options.seed.host if options.seed else options.address
        bracketed = f"[{seed}]" if ":" in seed else seed
        seeds = {"seeds": seed if old else f"{bracketed}:{self._storage_port}"}
        provider = {"class_name": "org.apache.cassandra.locator.SimpleSeedProvider", "parameters": [seeds]}
        config: dict[str, Any] = {
            "cluster_name": "tests",
            "num_tokens": 1,
            # The one that joins would wait for data and for schemas that follow slowly between versions.
            "auto_bootstrap": False,
            "partitioner": "org.apache.cassandra.dht.Murmur3Partitioner",
            "listen_address": options.address,
            "rpc_address": options.address,
            "storage_port": self._storage_port,
            "ssl_storage_port": free_port(),
            "native_transport_port": self.port,
            "endpoint_snitch": "SimpleSnitch",
            "seed_provider": [provider],
            "commitlog_sync": "periodic",
            "commitlog_sync_period_in_ms": 10000,
            "data_file_directories": [str(self._folder / "data")],
            **{
                f"{name}_directory": str(self._folder / name)
                for name in ("commitlog", "saved_caches", "hints", "cdc_raw")
            },
        }
        if old:
            config |= {"start_native_transport": True, "start_rpc": False}
        if options.only_newest_protocol:
            config["native_transport_allow_older_protocols"] = False
        if options.password:
            config |= {"authenticator": "PasswordAuthenticator", "authorizer": "CassandraAuthorizer"}
        if options.tls:
            config["client_encryption_options"] = {
                "enabled": True,
                "optional": False,
                "store_type": "PKCS12",
                "keystore": str(_key_store(options.tls, self._folder)),
                "keystore_password": _KEY_PASSWORD,
            }
        return config

    def _command(self, jars: CassandraJars) -> list[str | Path]:
        (agent,) = jars.folder.glob("jamm-*.jar")
        properties = {
            "cassandra.config": f"file:{self._folder}/cassandra.yaml",
            "cassandra.storagedir": self._folder,
            "cassandra-foreground": "yes",
            "cassandra.jmx.local.port": free_port(),
            "cassandra.skip_wait_for_gossip_to_settle": 0,
            "cassandra.ring_delay_ms": 1000,
            "cassandra.superuser_setup_delay_ms": 0,
            "java.io.tmpdir": self._folder / "tmp",
            "java.security.manager": "allow",
            "logback.configurationFile": self._folder / "logback.xml",
        }
        command: list[str | Path] = [
            which("java"),
            "-Xms512M",
            "-Xmx512M",
            "-XX:+UseSerialGC",
            "-XX:-UsePerfData",
        ]
        command += [f"-javaagent:{agent}", *(f"-D{key}={value}" for key, value in properties.items())]
        command += [f"--add-exports={package}=ALL-UNNAMED" for package in _EXPORTS]
        command += [f"--add-opens={package}=ALL-UNNAMED" for package in _OPENS]
        command += ["-cp", f"{jars.folder}/*", "org.apache.cassandra.service.CassandraDaemon"]
        return command


def _context(authority: Authority) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=authority.ca)


def _key_store(authority: Authority, folder: Path) -> Path:
    own = authority.issue("cassandra")
    store = folder / "keystore.p12"
    files: list[str | Path] = ["-in", own.cert, "-inkey", own.key, "-out", store]
    run([which("openssl"), "pkcs12", "-export", *files, "-passout", f"pass:{_KEY_PASSWORD}"])
    return store


@dataclass(frozen=True)
class Keyspace:
    """A keyspace of Temporal's, and the tool that sets it up."""

    cassandra: CassandraServer
    name: str
    tool: Path

    def create(self, version: str | None = None) -> None:
        """Creates it with Temporal's schema, at this version or at the newest that the tool has."""
        to = ("-v", version) if version else ()
        self._run("create-keyspace", "--keyspace", self.name, "--replication-factor", "1")
        self._run("setup-schema", "-v", "0.0")
        self._run("update-schema", "--schema-name", "cassandra/temporal", *to)

    def create_version_tables(self, version: str) -> None:
        """Creates it with only the tables that hold the schema's version, saying that it is this one."""
        self._run("create-keyspace", "--keyspace", self.name, "--replication-factor", "1")
        self._run("setup-schema", "-v", version)

    def set_version(self, version: str) -> None:
        """Changes only what it says of its schema."""
        self.cassandra.cql(
            f"UPDATE {self.name}.schema_version SET curr_version = %s WHERE keyspace_name = %s",
            (version, self.name),
        )

    def version(self) -> str:
        """What it says of its schema."""
        ((version,),) = self.cassandra.cql(
            f"SELECT curr_version FROM {self.name}.schema_version WHERE keyspace_name = %s", (self.name,)
        )
        return str(version)

    def _run(self, command: str, *arguments: str) -> None:
        run(
            [self.tool, command, *arguments],
            env={
                "CASSANDRA_HOST": self.cassandra.host,
                "CASSANDRA_PORT": str(self.cassandra.port),
                "CASSANDRA_KEYSPACE": self.name,
                "CASSANDRA_USER": self.cassandra.superuser if self.cassandra.options.password else "",
                "CASSANDRA_PASSWORD": self.cassandra.superuser_password,
            },
        )


@dataclass(frozen=True)
class CassandraStores(Stores):
    """The default store on Cassandra, in the keyspace of the name `default`; visibility on PostgreSQL.

    `all_on_cassandra`: visibility too, in the same keyspace.
    """

    keyspace: Keyspace | None = None
    all_on_cassandra: bool = False

    def datastores(self) -> dict[str, Any]:
        assert self.keyspace is not None
        node = self.keyspace.cassandra
        cassandra = {"hosts": node.host, "port": node.port, "keyspace": self.keyspace.name}
        names = ("default", "visibility") if self.all_on_cassandra else ("default",)
        return {**super().datastores(), **{name: {"cassandra": cassandra} for name in names}}
