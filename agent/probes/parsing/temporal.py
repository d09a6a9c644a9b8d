"""How Temporal's own answers are read, by whichever way they came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from agent.config.secret import Secret
from agent.model.observation import Facts, Failure, Node
from agent.model.reasons import REFUSALS
from agent.model.vocabulary import Reason, Role
from agent.probes.base import ProbeError, one_line
from agent.probes.transport.secrets import read_header_secret


def credentials(token: Secret | None, limits: list[Failure]) -> list[str]:
    """What to send as `authorization`, one after the other; empty: nothing.

    A bad token is refused even where no token is asked for, so the last try is without. A token that
    can't be sent is one of the `limits`: libraries would quote it in their error.
    """
    if token is None:
        return [""]
    try:
        return [f"Bearer {read_header_secret(token, 'token')}", ""]
    except ProbeError as error:
        limits.append(error.failure)
        return [""]


def decisive(limits: list[Failure]) -> Failure:
    """Of everything that was refused, what to tell: the least that can be asked was asked last."""
    there = [limit for limit in limits if limit.reason is not Reason.NOT_IMPLEMENTED] or limits
    refused = there[-1].reason in REFUSALS
    # Who could not send the token need not wonder why it is refused.
    return there[0] if refused and there[0].reason is Reason.SECRET_UNREADABLE else there[-1]


def cluster_facts(
    version: str,
    persistence: str,
    visibility: str,
    details: Mapping[str, str],
    limits: tuple[Failure, ...] = (),
) -> Facts:
    """Facts of GetClusterInfo. The stores are plugin names, from 1.13 on; two come comma-joined."""
    plugins = {
        Role.PERSISTENCE: tuple(name for name in persistence.split(",") if name),
        Role.VISIBILITY: tuple(name for name in visibility.split(",") if name),
    }
    return Facts(
        component="temporal",
        nodes=(Node(_version(version), service="frontend"),),
        plugins=MappingProxyType({role: names for role, names in plugins.items() if names}),
        details=MappingProxyType({key: value for key, value in details.items() if value}),
        limits=limits,
    )


def alerts(messages: Iterable[str]) -> str:
    """The alerts of `versionInfo`, which the server has from its makers when it calls home, in one line."""
    return one_line("; ".join(message for message in messages if message), most=1000)


def system_facts(version: str, limits: tuple[Failure, ...] = ()) -> Facts:
    """Facts of GetSystemInfo: the version alone."""
    return Facts(component="temporal", nodes=(Node(_version(version), service="frontend"),), limits=limits)


def _version(text: str) -> str:
    if not text:
        raise ProbeError(Reason.BAD_ANSWER, "the answer names no server version")
    return text
