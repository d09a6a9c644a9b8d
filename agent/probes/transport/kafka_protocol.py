"""One Kafka broker: kafka-python's protocol over a plain connection, and which series answers so.

A broker tells neither its version nor its patch. What it answers to ApiVersions is the same for all patches
of a series and differs from series to series, so kafka-python's table of these answers tells which it is
(kafka-python@3.0.12: kafka/protocol/broker_version_data.py; the same as apache/kafka's own definitions of its
messages in every release from 2.2.0 to 3.8.0). Only 3.3 and 3.4 without ZooKeeper answer alike.
"""

from __future__ import annotations

import logging
import re
from typing import Any

from kafka.errors import InvalidReceiveError
from kafka.net.sasl import get_sasl_mechanism
from kafka.protocol.broker_version_data import BROKER_API_VERSIONS, infer_broker_version_from_api_versions
from kafka.protocol.metadata import ApiVersionsRequest, MetadataRequest
from kafka.protocol.parser import KafkaProtocol
from kafka.protocol.sasl import SaslAuthenticateRequest, SaslHandshakeRequest

from agent.model.vocabulary import Reason
from agent.probes.base import ProbeError, clean
from agent.probes.transport.reasons import readable
from agent.probes.transport.sockets import Address
from agent.probes.transport.tcp import Budget, TcpSession

#: The oldest and newest version of each API that a broker speaks, by the API's number.
Spoken = dict[int, tuple[int, int]]

# Numbers of APIs (Apache Kafka's protocol guide, "Api Keys").
_FETCH, _LIST_OFFSETS, _METADATA, _SASL_HANDSHAKE = 1, 2, 3, 17
#: What a broker hands on to the controller, whose own series then bounds it (apache/kafka@3.8.0:
#: clients/src/main/java/org/apache/kafka/common/protocol/ApiKeys.java, `forwardable`).
_FORWARDED = frozenset({19, 20, 30, 31, 33, 37, 38, 39, 40, 43, 44, 45, 46, 49, 51, 55, 57, 64, 67, 80, 81})
#: The answers of brokers; those of older ones, which do not know the question, are made up.
_SERIES = {series: spoken for series, spoken in BROKER_API_VERSIONS.items() if series >= (0, 10)}

#: The rounds that a broker wants of SCRAM cost time that nothing can end. Kafka gives 4,096 to 16,384
#: (apache/kafka@3.8.0: org.apache.kafka.common.security.scram.internals.ScramMechanism).
_TOO_MANY = re.compile(rb"(?:^|,)i=0*[1-9][0-9]{5}")

# It logs whole answers; the probe reports what went wrong.
logging.getLogger("kafka").setLevel(logging.CRITICAL)


class Broker:
    """Questions and answers on the connection that the line has."""

    def __init__(self, line: TcpSession, share: Budget) -> None:
        self._line = line
        self._protocol = KafkaProtocol(
            client_id="temporal-compat-agent", receive_message_max_bytes=share.size
        )

    def spoken(self) -> Spoken:
        """What it speaks, in the form that every broker has answered since 0.10, also before a login."""
        answer = self._ask(ApiVersionsRequest(version=0))
        if answer.error_code:
            raise ProbeError(Reason.BAD_ANSWER, f"error {answer.error_code} instead of its API versions")
        spoken = {api.api_key: (api.min_version, api.max_version) for api in answer.api_keys}
        if not {_FETCH, _LIST_OFFSETS, _METADATA} <= set(spoken):
            raise ProbeError(Reason.BAD_ANSWER, "it speaks no Fetch, ListOffsets or Metadata, as brokers do")
        return spoken

    def cluster(self, spoken: Spoken) -> tuple[str, list[Address]]:
        """The cluster's id (from 0.10.1 on), and the addresses that its brokers advertise."""
        answer = self._ask(MetadataRequest(version=min(2, spoken[_METADATA][1]), topics=[]))
        brokers = sorted(answer.brokers, key=lambda broker: broker.node_id)
        if not brokers:
            raise ProbeError(Reason.BAD_ANSWER, "it knows no broker, not even itself")
        return clean(answer.cluster_id or ""), [(clean(broker.host), broker.port) for broker in brokers]

    def mechanisms(self) -> list[str]:
        """The ways to log in that this listener offers: none where it wants no login (ILLEGAL_SASL_STATE)."""
        return list(self._ask(SaslHandshakeRequest(version=1, mechanism="")).mechanisms or ())

    def log_in(self, mechanism: str, user: str, password: str, spoken: Spoken) -> None:
        """By SASL, in the form that brokers have had since 1.0."""
        if spoken.get(_SASL_HANDSHAKE, (0, 0))[1] < 1:
            raise ProbeError(Reason.NOT_IMPLEMENTED, "the agent can log in to Kafka 1.0 and later")
        answer = self._ask(SaslHandshakeRequest(version=1, mechanism=mechanism))
        if answer.error_code:
            offered = ", ".join(answer.mechanisms) or "no login"
            raise ProbeError(Reason.AUTHENTICATION_FAILED, f"it takes {offered}, not {mechanism}")
        login = get_sasl_mechanism(mechanism)(
            sasl_mechanism=mechanism, sasl_plain_username=user, sasl_plain_password=password
        )
        while not login.is_done():
            answer = self._ask(SaslAuthenticateRequest(version=0, auth_bytes=login.auth_bytes()))
            if answer.error_code:
                raise ProbeError(Reason.AUTHENTICATION_FAILED, answer.error_message or "it refuses the login")
            if _TOO_MANY.search(answer.auth_bytes):
                raise ProbeError(Reason.BAD_ANSWER, "it wants 100,000 or more rounds of the password's hash")
            try:
                login.receive(answer.auth_bytes)
            except (KeyError, ValueError) as error:
                text = "it does not prove that it knows the password"
                raise ProbeError(Reason.AUTHENTICATION_FAILED, text) from error
        if not login.is_authenticated():
            raise ProbeError(Reason.AUTHENTICATION_FAILED, "it does not say that the login is good")

    def _ask(self, request: Any) -> Any:
        self._protocol.send_request(request)
        self._line.send(self._protocol.send_bytes())
        while True:
            try:
                for _, answer in self._protocol.receive_bytes(self._line.receive()):
                    return answer
            except InvalidReceiveError as error:
                raise _no_frame(error) from error


def _no_frame(error: InvalidReceiveError) -> ProbeError:
    """The first four bytes are a length, or the beginning of another protocol."""
    length = int(str(error).rpartition(" ")[2])
    begin = length.to_bytes(4, "big", signed=True)
    if length < 0 or (begin.isascii() and begin.decode("ascii").isprintable()):
        return ProbeError(Reason.BAD_ANSWER, f"the answer is not Kafka's: {readable(begin)}")
    return ProbeError(Reason.ANSWER_TOO_LARGE, f"an answer of {length} bytes")


def series_of(spoken: Spoken) -> tuple[str, bool]:
    """The series that answer so, and whether there is one: a relative may answer like none."""
    newest = {api: version for api, (_, version) in spoken.items() if api not in _FORWARDED}
    alike = [
        series
        for series, table in _SERIES.items()
        if all(table[api][1] == version for api, version in newest.items() if api in table)
    ]
    if alike:
        return " or ".join(_text(series) for series in sorted(alike)), True
    last = max(_SERIES)
    if all(_SERIES[last][api][1] <= version for api, version in newest.items() if api in _SERIES[last]):
        return f"{_text(last)} or later", True
    return _text(infer_broker_version_from_api_versions(spoken)), False


def _text(series: tuple[int, ...]) -> str:
    return ".".join(map(str, series))
