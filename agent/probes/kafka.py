"""The brokers of a Kafka cluster, and the series of each.

Any broker lists all. Neither that list nor the versions of the API that a broker speaks need a right, and a
listener that asks for a login tells the latter before it: a password goes to configured addresses alone, and
never to those that a broker advertises.
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
from agent.probes.transport.tcp import ClosedError, Line

#: No honest cluster has more brokers.
_MOST_BROKERS = 1000
#: Of so many that can't be asked, each is told by itself.
_MOST_TOLD = 20


def open_probe(settings: Kafka) -> KafkaProbe:
    """A probe of one cluster."""
    return KafkaProbe(settings)


class KafkaProbe:
    """Asks every broker, one after the other, and keeps no connection."""

    def __init__(self, settings: Kafka) -> None:
        self._settings = settings
        self._line = Line(0)

    def read(self, timeout: float) -> Facts:
        line = self._line = Line(timeout)
        configured = [address_of(broker) for broker in self._settings.brokers]
        found: dict[Address, Spoken | ProbeError] = {}
        cluster_id, listed = self._first(line, configured, found)
        self._ask_rest(line, listed[:_MOST_BROKERS], found)
        told = listed
        if not any(isinstance(found.get(address), dict) for address in listed):
            # They advertise addresses for others than us: the configured ones are all that there is.
            self._ask_rest(line, configured, found)
            told = configured
        spoken = {address: answer for address in told if isinstance(answer := found.get(address), dict)}
        failed = {address: answer for address, answer in found.items() if isinstance(answer, ProbeError)}
        return _facts(cluster_id, spoken, [*_silent(failed), *_unasked(len(listed))])

    def abort(self) -> None:
        self._line.abort()

    def close(self) -> None:
        """No connection outlives a read."""

    def _first(
        self, line: Line, configured: list[Address], found: dict[Address, Spoken | ProbeError]
    ) -> tuple[str, list[Address]]:
        """The cluster's id and its brokers, from the first configured one that tells them."""
        for asked, address in enumerate(configured):
            try:
                # Half of the time at the least is for those that it lists.
                share = line.share(len(configured) - asked + 1)
                with line.call(address, self._settings.tls, share):
                    broker = Broker(line, share)
                    spoken = broker.spoken()
                    listed = self._listed(broker, spoken)
                found[address] = spoken
                return listed
            except ProbeError as error:
                found[address] = error
                if error.failure.reason in SAME_ON_EVERY_NODE:
                    raise _at(address, error) from error
        raise next(_at(place, silent) for place, silent in found.items() if isinstance(silent, ProbeError))

    def _listed(self, broker: Broker, spoken: Spoken) -> tuple[str, list[Address]]:
        settings = self._settings
        if settings.user is not None:
            broker.log_in(settings.sasl_mechanism, settings.user, read_secret(settings.secret), spoken)
        try:
            return broker.cluster(spoken)
        except ClosedError as error:
            if settings.user is not None:
                raise
            text = "it hangs up on who has not logged in"
            raise ProbeError(Reason.AUTHENTICATION_FAILED, text) from error

    def _ask_rest(
        self, line: Line, addresses: list[Address], found: dict[Address, Spoken | ProbeError]
    ) -> None:
        rest = [address for address in dict.fromkeys(addresses) if address not in found]
        for asked, address in enumerate(rest):
            try:
                share = line.share(len(rest) - asked)
                with line.call(address, self._settings.tls, share):
                    found[address] = Broker(line, share).spoken()
            except ProbeError as error:
                found[address] = error


def _facts(cluster_id: str, spoken: dict[Address, Spoken], limits: list[Failure]) -> Facts:
    read = {address: series_of(versions) for address, versions in spoken.items()}
    return Facts(
        component="kafka",
        nodes=tuple(Node(version, address_text(address)) for address, (version, _) in read.items()),
        flavor="" if all(is_known for _, is_known in read.values()) else "other",
        details=MappingProxyType({"cluster_id": cluster_id} if cluster_id else {}),
        limits=tuple(limits),
    )


def _silent(failed: dict[Address, ProbeError]) -> Iterator[Failure]:
    for address, error in list(failed.items())[:_MOST_TOLD]:
        yield _at(address, error).failure
    if len(failed) > _MOST_TOLD:
        yield Failure(error.failure.reason, f"{len(failed) - _MOST_TOLD} more brokers can't be asked")


def _at(address: Address, error: ProbeError) -> ProbeError:
    """The same, with the broker that it is about."""
    return ProbeError(error.failure.reason, f"{address_text(address)}: {error}")


def _unasked(listed: int) -> list[Failure]:
    if listed <= _MOST_BROKERS:
        return []
    text = f"{listed} brokers are listed, of which {_MOST_BROKERS} were asked"
    return [Failure(Reason.ANSWER_TOO_LARGE, text)]
