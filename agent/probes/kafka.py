"""The brokers of a Kafka cluster, and the release series of each.

Any broker lists all brokers. The list and a broker's API versions need no permission, and a listener with
SASL answers the API versions before the login. So the password is sent only to configured addresses, never to
addresses that a broker advertises.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from agent.config import Kafka
from agent.model.observation import Facts, Failure, Node
from agent.model.reasons import SAME_ON_EVERY_NODE
from agent.model.vocabulary import Reason
from agent.probes.base import ProbeError
from agent.probes.transport.kafka_protocol import Broker, Spoken, series_of
from agent.probes.transport.secrets import read_secret
from agent.probes.transport.sockets import Address, address_of, address_text
from agent.probes.transport.tcp import Budget, ClosedError, TcpSession

#: No real cluster has more brokers.
_MAX_BROKERS = 1000
#: So many failed brokers are listed one by one.
_MAX_FAILURES_LISTED = 20


def open_probe(settings: Kafka) -> KafkaProbe:
    """A probe of one cluster."""
    return KafkaProbe(settings)


class _HungUpError(ProbeError):
    """The broker closed the connection instead of listing its brokers, and nobody has logged in."""


class KafkaProbe:
    """Reads every broker, one after the other, and keeps no connection."""

    def __init__(self, settings: Kafka) -> None:
        self._settings = settings
        self._line = TcpSession(0)

    def read(self, timeout: float) -> Facts:
        line = self._line = TcpSession(timeout)
        configured = [address_of(broker) for broker in self._settings.brokers]
        found: dict[Address, Spoken | ProbeError] = {}
        cluster_id, listed = self._first(line, configured, found)
        self._read_rest(line, listed[:_MAX_BROKERS], found)
        answering = listed
        if not any(isinstance(found.get(address), dict) for address in listed):
            # The advertised addresses are not reachable from here: use the configured ones.
            self._read_rest(line, configured, found)
            answering = configured
        spoken = {address: answer for address in answering if isinstance(answer := found.get(address), dict)}
        failed = {address: answer for address, answer in found.items() if isinstance(answer, ProbeError)}
        return _facts(cluster_id, spoken, [*_failures(failed), *_brokers_over_limit(len(listed))])

    def abort(self) -> None:
        self._line.abort()

    def close(self) -> None:
        """No connection is kept after a read."""

    def _first(
        self, line: TcpSession, configured: list[Address], found: dict[Address, Spoken | ProbeError]
    ) -> tuple[str, list[Address]]:
        """The cluster's id and its brokers, from the first configured broker that answers."""
        for index, address in enumerate(configured):
            try:
                # At least half of the time is for the brokers on the list.
                share = line.share(len(configured) - index + 1)
                with line.call(address, self._settings.tls, share):
                    broker = Broker(line, share)
                    spoken = broker.spoken()
                    listed = self._listed(broker, spoken)
                found[address] = spoken
                return listed
            except ProbeError as closed:
                error = self._wants_login(line, address, share) if isinstance(closed, _HungUpError) else None
                found[address] = error = error or closed
                if error.failure.reason in SAME_ON_EVERY_NODE:
                    raise _at(address, error) from closed
        raise next(_at(place, error) for place, error in found.items() if isinstance(error, ProbeError))

    def _listed(self, broker: Broker, spoken: Spoken) -> tuple[str, list[Address]]:
        settings = self._settings
        if settings.user is not None:
            broker.log_in(settings.sasl_mechanism, settings.user, read_secret(settings.secret), spoken)
        try:
            return broker.cluster(spoken)
        except ClosedError as error:
            if settings.user is not None:
                raise
            raise _HungUpError(Reason.UNREACHABLE, str(error)) from error

    def _wants_login(self, line: TcpSession, address: Address, share: Budget) -> ProbeError | None:
        """Whether the broker has hung up because it wants a login: then it offers ways to log in."""
        try:
            with line.call(address, self._settings.tls, share):
                offered = Broker(line, share).mechanisms()
        except ProbeError:
            return None
        if not offered:
            return None
        text = f"the broker wants a login ({', '.join(offered)}): configure a user and password"
        return ProbeError(Reason.AUTHENTICATION_FAILED, text)

    def _read_rest(
        self, line: TcpSession, addresses: list[Address], found: dict[Address, Spoken | ProbeError]
    ) -> None:
        rest = [address for address in dict.fromkeys(addresses) if address not in found]
        for index, address in enumerate(rest):
            try:
                share = line.share(len(rest) - index)
                with line.call(address, self._settings.tls, share):
                    found[address] = Broker(line, share).spoken()
            except ProbeError as error:
                found[address] = error


def _facts(cluster_id: str, spoken: dict[Address, Spoken], gaps: list[Failure]) -> Facts:
    read = {address: series_of(versions) for address, versions in spoken.items()}
    return Facts(
        component="kafka",
        nodes=tuple(Node(version, address_text(address)) for address, (version, _) in read.items()),
        flavor="" if all(is_known for _, is_known in read.values()) else "other",
        details=MappingProxyType({"cluster_id": cluster_id} if cluster_id else {}),
        gaps=tuple(gaps),
    )


def _failures(failed: dict[Address, ProbeError]) -> Iterator[Failure]:
    for address, error in list(failed.items())[:_MAX_FAILURES_LISTED]:
        yield _at(address, error).failure
    if len(failed) > _MAX_FAILURES_LISTED:
        more = len(failed) - _MAX_FAILURES_LISTED
        yield Failure(error.failure.reason, f"{more} more brokers cannot be read")


def _at(address: Address, error: ProbeError) -> ProbeError:
    """The same error, with the broker's address."""
    return ProbeError(error.failure.reason, f"{address_text(address)}: {error}")


def _brokers_over_limit(listed: int) -> list[Failure]:
    if listed <= _MAX_BROKERS:
        return []
    text = f"the cluster lists {listed} brokers; the agent reads only {_MAX_BROKERS}"
    return [Failure(Reason.ANSWER_TOO_LARGE, text)]
