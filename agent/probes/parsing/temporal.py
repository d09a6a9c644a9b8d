"""Parses Temporal's own answers, over gRPC or HTTP."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from agent.config.secret import Secret
from agent.model.observation import Facts, Failure, Node
from agent.model.reasons import REFUSALS
from agent.model.vocabulary import Reason, Role
from agent.probes.base import ProbeError, one_line
from agent.probes.transport.secrets import read_header_secret

#: The key in `Facts.settings`.
AUTHORIZER = "authorizer"


def credentials(token: Secret | None, gaps: list[Failure]) -> list[str]:
    """Values for the `authorization` header, to try one after the other; empty: no header.

    A server refuses a bad token even if it needs no token, so the last attempt has none. A token that cannot
    be sent is added to `gaps`; the libraries would quote the token in their error.
    """
    if token is None:
        return [""]
    try:
        return [f"Bearer {read_header_secret(token, 'token')}", ""]
    except ProbeError as error:
        gaps.append(error.failure)
        return [""]


def most_relevant_failure(gaps: list[Failure]) -> Failure:
    """The failure to report. Requests go from the most to the least privileged, so usually the last one."""
    there = [gap for gap in gaps if gap.reason is not Reason.NOT_IMPLEMENTED] or gaps
    refused = there[-1].reason in REFUSALS
    # If the token could not be sent, that is the cause of the refusal.
    return there[0] if refused and there[0].reason is Reason.SECRET_UNREADABLE else there[-1]


def authorizer_setting(is_open: bool, is_refused: bool) -> dict[str, str]:
    """Whether the server has an authorizer, as far as callers without token and client certificate see.

    `is_open`: it answers GetClusterInfo to them; `is_refused`: it refused. The default authorizer denies this
    call to callers without a role, and always allows GetSystemInfo
    (temporalio/temporal@v1.31.2: common/authorization/default_authorizer.go).
    """
    if is_refused:
        return {AUTHORIZER: "on"}
    return {AUTHORIZER: "off"} if is_open else {}


def cluster_facts(
    version: str,
    persistence: str,
    visibility: str,
    details: Mapping[str, str],
    gaps: tuple[Failure, ...] = (),
) -> Facts:
    """Facts of GetClusterInfo. The stores are plugin names, from 1.13 on; two are joined with a comma."""
    plugins = {
        Role.PERSISTENCE: tuple(name for name in persistence.split(",") if name),
        Role.VISIBILITY: tuple(name for name in visibility.split(",") if name),
    }
    return Facts(
        component="temporal",
        nodes=(Node(_version(version), service="frontend"),),
        plugins=MappingProxyType({role: names for role, names in plugins.items() if names}),
        details=MappingProxyType({key: value for key, value in details.items() if value}),
        gaps=gaps,
    )


def alerts(messages: Iterable[str]) -> str:
    """The alerts of `versionInfo` in one line. The server gets them from Temporal's version check service."""
    return one_line("; ".join(message for message in messages if message), max_length=1000)


def system_facts(version: str, gaps: tuple[Failure, ...] = ()) -> Facts:
    """Facts of GetSystemInfo: only the version."""
    return Facts(component="temporal", nodes=(Node(_version(version), service="frontend"),), gaps=gaps)


def _version(text: str) -> str:
    if not text:
        raise ProbeError(Reason.BAD_ANSWER, "the answer contains no server version")
    return text
