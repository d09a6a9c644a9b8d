"""The members of a ZooKeeper ensemble: the version of each, from the command `srvr` or from its admin server.

The command is four bytes, and the answer is text until the server closes the connection (ZooKeeper
Administrator's Guide, "The Four Letter Words"). kazoo is not used: it sends such commands only within a
session, which every member records, and it takes the first piece of the answer for the whole (kazoo@2.11.0:
client.py, `command`).
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
from agent.probes.transport.tcp import Budget, ClosedError, TcpSession

#: `3.4.6-1569965, built on …`, `3.5.3-beta-8ce24f9e…, built on …`: the revision is not part of the version
#: (org.apache.zookeeper.Version, getFullVersion).
_VERSION = re.compile(r"([0-9][^\s,]{0,60}?)(?:-[^\s,-]{1,60})?, built on ")
_LINE = re.compile(r"Zookeeper version: " + _VERSION.pattern)

# Answers of a server that refuses the command (org.apache.zookeeper.server.command).
_NOT_WHITELISTED = "is not executed because it is not in the whitelist"
_NOT_SERVING = "not currently serving requests"


def open_probe(settings: ZooKeeper) -> ZooKeeperProbe:
    """A probe of one ensemble."""
    return ZooKeeperProbe(settings)


class ZooKeeperProbe:
    """Reads every member, one after the other. Keeps connections only to the admin servers."""

    def __init__(self, settings: ZooKeeper) -> None:
        self._settings = settings
        self._http = HttpClient(settings.tls)
        self._line = TcpSession(0)

    def read(self, timeout: float) -> Facts:
        line = self._line = TcpSession(timeout)
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
        return Facts("zookeeper", tuple(nodes), gaps=tuple(error.failure for error in failed))

    def abort(self) -> None:
        self._line.abort()
        self._http.abort()

    def close(self) -> None:
        self._http.close()

    def _member(self, line: TcpSession, index: int, among: int) -> str:
        """One member's version, within its part of the time, so that time is left for the others."""
        host, admin = self._settings.hosts[index], self._settings.admin
        share = line.share(2 * among if admin else among)
        try:
            with line.call(address_of(host), self._settings.tls, share):
                return _version_in(_srvr(line))
        except ProbeError as closed:
            if not admin:
                raise
            try:
                return self._admin(admin[index], line.share(among))
            except ProbeError as error:
                raise ProbeError(closed.failure.reason, f"{closed}; {error}") from error

    def _admin(self, address: str, share: Budget) -> str:
        """The version from `/commands/srvr`, 3.5 and later (Administrator's Guide, "The AdminServer")."""
        body = self._http.get(f"{address.rstrip('/')}/commands/srvr", share.until, most=share.size)
        try:
            answer = json.loads(body)
            version, error = answer.get("version"), answer.get("error")
        except (ValueError, AttributeError, RecursionError) as problem:
            raise ProbeError(Reason.BAD_ANSWER, f"{address}: unexpected JSON in the response") from problem
        found = _VERSION.match(version) if isinstance(version, str) else None
        if found is None:
            raise _refusal(str(error) if error else "the answer contains no version")
        return clean(found[1])


def _srvr(line: TcpSession) -> bytes:
    """The first line of the answer, which has the version. It may arrive in several pieces."""
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


def _version_in(line: bytes) -> str:
    found = _LINE.match(line.decode("ascii", "replace"))
    if found is None:
        raise _refusal(readable(line))
    return found[1]


def _refusal(text: str) -> ProbeError:
    if _NOT_WHITELISTED in text:
        return ProbeError(
            Reason.PERMISSION_DENIED, "the command srvr is not allowed: add it to 4lw.commands.whitelist"
        )
    if _NOT_SERVING in text:
        return ProbeError(
            Reason.STORE_UNAVAILABLE, "the member is not serving requests: the ensemble has no quorum"
        )
    return ProbeError(Reason.BAD_ANSWER, f"the answer is not from ZooKeeper: {text[:100]}")
