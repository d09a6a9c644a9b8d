"""What a cluster's file and its answers show, and the warnings that this decides."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from agent.model.observation import Facts, Node, Observation, RemoteCluster, Target
from agent.model.traits import Trait
from agent.model.vocabulary import Role
from agent.verdict import ClusterSpec, ServerFile
from agent.verdict.conditions import seen
from tests.building import NOW, healthy, judged_live, subject
from tests.laws import law

#: What `server_config` says of a cluster without an authorizer, internal frontend and dynamic configuration.
QUIET = ServerFile(
    traits=dict.fromkeys(
        (Trait.AUTHORIZER, Trait.INTERNAL_FRONTEND, Trait.INTERNAL_FRONTEND_HTTP, Trait.ARCHIVAL), False
    ),
    dynamic_values={},
)


def with_file(file: ServerFile | None) -> ClusterSpec:
    return replace(subject(), server_file=file)


def frontend(name: str = "", **facts: object) -> Observation:
    there = Facts("temporal", (Node("1.31.2", service="frontend"),))
    read = replace(there, **facts)  # type: ignore[arg-type]
    return Observation(Target(Role.SERVER, "temporal", "grpc", name), NOW, facts=read, observed=NOW)


def remote(name: str, *, connected: bool = True) -> RemoteCluster:
    return RemoteCluster(name, "1.31.2", 4, 1, 10, connected)


ON, OFF = (MappingProxyType({"authorizer": word}) for word in ("on", "off"))


@law(
    [
        (None, (), Trait.AUTHORIZER, None),
        (QUIET, (), Trait.AUTHORIZER, False),
        (None, (frontend(settings=OFF),), Trait.AUTHORIZER, False),
        (None, (frontend(settings=ON),), Trait.AUTHORIZER, True),
        # A frontend that refuses is right, whatever the file says; so is a file that has an authorizer.
        (QUIET, (frontend(settings=ON),), Trait.AUTHORIZER, True),
        (ServerFile(traits={Trait.AUTHORIZER: True}), (frontend(settings=OFF),), Trait.AUTHORIZER, True),
        (
            QUIET,
            (frontend(nodes=(Node("1.31.2", service="internal-frontend"),)),),
            Trait.INTERNAL_FRONTEND,
            True,
        ),
        (None, (frontend("remotes", remotes=(remote("a"), remote("b"))),), Trait.REPLICATION, True),
        (
            None,
            (frontend("remotes", remotes=(remote("a"), remote("b", connected=False))),),
            Trait.REPLICATION,
            False,
        ),
        (None, (frontend("remotes"),), Trait.REPLICATION, False),
        (None, (frontend(),), Trait.REPLICATION, None),
    ]
)
def test_a_trait_is_seen_in_the_file_or_in_an_answer(
    file: ServerFile | None, observations: tuple[Observation, ...], trait: Trait, answer: bool | None
) -> None:
    assert seen(with_file(file), observations).has(trait) is answer


def answers(on: ClusterSpec) -> dict[str, bool | None]:
    return {each.advisory.id: each.applies for each in judged_live(*healthy(), on=on).advisories}


def test_without_an_authorizer_a_cluster_has_no_critical_warning_that_counts() -> None:
    found = judged_live(*healthy(), on=with_file(QUIET)).advisories
    critical = {each.advisory.id: each.applies for each in found if each.advisory.level == "critical"}
    assert {"CVE-2026-89139", "CVE-2026-87858"} <= critical.keys()
    assert set(critical.values()) == {False}
    assert not any(each.counts for each in found if each.advisory.level == "critical")


def test_with_an_authorizer_the_warning_applies_and_without_knowledge_it_may() -> None:
    secured = replace(QUIET, traits={**QUIET.traits, Trait.AUTHORIZER: True})
    assert answers(with_file(secured))["CVE-2026-89139"] is True
    assert answers(with_file(None))["CVE-2026-89139"] is None
    safe = {"workercontroller.compute_providers.enabled": ('["aws-lambda"]',)}
    assert answers(with_file(replace(secured, dynamic_values=safe)))["CVE-2026-89139"] is False
