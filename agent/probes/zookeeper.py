"""The members of a ZooKeeper ensemble: each one's version, by its word `srvr` or by its admin server.

The word is four bytes, and the answer is text until the server closes (ZooKeeper Administrator's Guide, "The
Four Letter Words"). kazoo says such words only within a session, which every member writes down, and takes
the first piece of the answer for all of it (kazoo@2.11.0: client.py, `command`).
"""

from __future__ import annotations

import json
import re

from agent.config import ZooKeeper
from agent.model.observation import Facts, Node
from agent.model.vocabulary import Reason
from agent.probes.base import ProbeError, clean
from agent.probes.transport.http import HttpClient
from agent.probes.transport.reasons import readable
from agent.probes.transport.sockets import address_of
from agent.probes.transport.tcp import ClosedError, Line, Share

#: `3.4.6-1569965, built on …`, `3.5.3-beta-8ce24f9e…, built on …`: the revision behind it is no part of it
#: (org.apache.zookeeper.Version, getFullVersion).
_VERSION = re.compile(r"([0-9][^\s,]{0,60}?)(?:-[^\s,-]{1,60})?, built on ")
_LINE = re.compile(r"Zookeeper version: " + _VERSION.pattern)

# What a server says instead (org.apache.zookeeper.server.command).
_CLOSED = "is not executed because it is not in the whitelist"
_NOT_SERVING = "not currently serving requests"


def open_probe(settings: ZooKeeper) -> ZooKeeperProbe:
    """A probe of one ensemble."""
    return ZooKeeperProbe(settings)


class ZooKeeperProbe:
    """Asks every member, one after the other. Keeps a connection to the admin servers alone."""

    def __init__(self, settings: ZooKeeper) -> None:
        self._settings = settings
        self._http = HttpClient(settings.tls)
        self._line = Line(0)

    def read(self, timeout: float) -> Facts:
        line = self._line = Line(timeout)
        hosts = self._settings.hosts
        nodes: list[Node] = []
        failed: list[ProbeError] = []
        for index, host in enumerate(hosts):
            try:
                nodes.append(Node(self._member(line, index, len(hosts) - index), host))
            except ProbeError as error:
                failed.append(ProbeError(error.failure.reason, f"{host}: {error}"))
        if not nodes:
            raise failed[0]
        return Facts("zookeeper", tuple(nodes), limits=tuple(error.failure for error in failed))

    def abort(self) -> None:
        self._line.abort()
        self._http.abort()

    def close(self) -> None:
        self._http.close()

    def _member(self, line: Line, index: int, among: int) -> str:
        """One member's version. It has its part of the time, so that the others have theirs."""
        host, admin = self._settings.hosts[index], self._settings.admin
        share = line.share(2 * among if admin else among)
        try:
            with line.call(address_of(host), self._settings.tls, share):
                return _told(_srvr(line))
        except ProbeError as closed:
            if not admin:
                raise
            try:
                return self._admin(admin[index], line.share(among))
            except ProbeError as error:
                raise ProbeError(closed.failure.reason, f"{closed}; {error}") from error

    def _admin(self, address: str, share: Share) -> str:
        """`/commands/srvr`, from 3.5 on (ZooKeeper Administrator's Guide, "The AdminServer")."""
        body = self._http.get(f"{address.rstrip('/')}/commands/srvr", share.until, most=share.size)
        try:
            answer = json.loads(body)
            version, error = answer.get("version"), answer.get("error")
        except (ValueError, AttributeError, RecursionError) as problem:
            raise ProbeError(Reason.BAD_ANSWER, f"{address}: the answer is not what JSON it has") from problem
        found = _VERSION.match(version) if isinstance(version, str) else None
        if found is None:
            raise _refusal(str(error) if error else "the answer has no version")
        return clean(found[1])


def _srvr(line: Line) -> bytes:
    """The first line of the answer, which has the version. It may come in any pieces."""
    line.send(b"srvr")
    pieces: list[bytes] = []
    while not pieces or b"\n" not in pieces[-1]:
        try:
            pieces.append(line.receive())
        except ClosedError:
            if not pieces:
                raise
            break
    return b"".join(pieces).partition(b"\n")[0]


def _told(line: bytes) -> str:
    found = _LINE.match(line.decode("ascii", "replace"))
    if found is None:
        raise _refusal(readable(line))
    return found[1]


def _refusal(text: str) -> ProbeError:
    if _CLOSED in text:
        return ProbeError(Reason.PERMISSION_DENIED, "srvr is not in its 4lw.commands.whitelist")
    if _NOT_SERVING in text:
        return ProbeError(Reason.STORE_UNAVAILABLE, "it is not serving requests: it has no quorum")
    return ProbeError(Reason.BAD_ANSWER, f"the answer is not ZooKeeper's: {text[:100]}")
