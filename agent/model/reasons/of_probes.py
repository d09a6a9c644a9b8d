"""Reasons why a probe fails, or why it could not read something."""

from __future__ import annotations

from agent.model.reasons.info import NEED_AN_ANSWER, PROBE_FAILING, ReasonInfo, unknown
from agent.model.vocabulary import Reason


def _failure(
    code: Reason,
    title: str,
    meaning: str,
    hint: str,
    *,
    is_refusal: bool = False,
    is_same_on_every_node: bool = False,
) -> ReasonInfo:
    """A reason with which checks that need the answer are `unknown`."""
    return ReasonInfo(
        code,
        title,
        meaning,
        unknown(*NEED_AN_ANSWER),
        is_probe_failure=True,
        is_refusal=is_refusal,
        is_same_on_every_node=is_same_on_every_node,
        hint=hint,
        runbook=PROBE_FAILING,
    )


OF_PROBES = (
    _failure(
        Reason.TIMEOUT,
        "No answer in time",
        "The target did not answer in time.",
        "check host and port, firewalls on the way, and `timeout`",
    ),
    _failure(
        Reason.UNREACHABLE,
        "No connection to the target",
        "The target refused the connection or has no room for another one, or the connection broke.",
        "check host and port, firewalls on the way, and whether the target has too many connections",
    ),
    _failure(
        Reason.NAME_NOT_RESOLVED,
        "The host name does not resolve",
        "DNS has no address for the host name.",
        "check the host name",
    ),
    _failure(
        Reason.TLS_FAILED,
        "TLS failed",
        "One side refused the other's certificate, a certificate file holds no certificate, the target does"
        " not speak TLS, or it speaks TLS and `tls` is not configured.",
        "check `tls`: its files, server_name, and whether the target speaks TLS at all",
    ),
    _failure(
        Reason.AUTHENTICATION_FAILED,
        "The login was refused",
        "The target refused the password, user or token.",
        "check user, password or token, and the contents of the secret file",
        is_refusal=True,
        is_same_on_every_node=True,
    ),
    _failure(
        Reason.PERMISSION_DENIED,
        "A permission is missing",
        "The agent's user lacks a permission.",
        "{right}",
        is_refusal=True,
    ),
    _failure(
        Reason.SECRET_UNREADABLE,
        "A secret cannot be read",
        "The file or variable of a secret or certificate is missing or cannot be read, or PostgreSQL's"
        " library refuses the mode of the private key.",
        "check the file or variable of the secret, and who may read it",
        is_same_on_every_node=True,
    ),
    _failure(
        Reason.STORE_UNAVAILABLE,
        "Something behind the target does not answer",
        "The frontend, Grafana or a proxy reports that something behind it does not answer. Or a Cassandra"
        " node reaches too few others, or a search node has no master.",
        "check what the target itself depends on, such as its own database or the other nodes",
    ),
    _failure(
        Reason.SCHEMA_DISAGREEMENT,
        "Cassandra's nodes disagree on the schema",
        "Cassandra's nodes do not have the same schema: one is down or behind. The other facts still count.",
        "run `nodetool describecluster`, which names the nodes of each schema",
    ),
    _failure(
        Reason.NOT_IMPLEMENTED,
        "The target does not know this request",
        "The target does not implement this request.",
        "check host and port: another program or an older version may answer there",
    ),
    _failure(
        Reason.BAD_ANSWER,
        "The answer does not follow the expected protocol",
        "The target's answer does not follow the expected protocol.",
        "check host and port: another program may answer there",
    ),
    _failure(
        Reason.ANSWER_TOO_LARGE,
        "The answer is too large",
        "The answer is larger than any expected answer.",
        "check host and port: another program may answer there",
    ),
    _failure(
        Reason.NO_SERIES,
        "The metric build_information is missing",
        "The answer does not contain the metric `build_information`.",
        "check that the address is Temporal's metrics port and ends with /metrics, and that the query or"
        " `matchers` are right",
    ),
    _failure(
        Reason.DRIVER_MISSING,
        "A driver is not installed",
        "The driver for this store is not installed. The message has the command that installs it.",
        "run the `pip` command in the message, in the environment of the agent",
    ),
    _failure(
        Reason.INTERNAL_ERROR,
        "The agent itself failed",
        "A bug in the agent. Its log has the details.",
        "report the bug, with the agent's log",
    ),
)
