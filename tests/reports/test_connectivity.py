"""`config check --probe`: target by target, what works and what is missing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent.model.observation import Facts, Failure, Node, Observation, SchemaRow, SearchIndex
from agent.model.vocabulary import Reason, Role
from agent.reports.connectivity import as_text, exit_code
from agent.reports.exit_codes import ExitCode
from agent.snapshot import Snapshot, take
from tests.building import FROZEN, NOW, TIMEOUT, healthy, observation, subject
from tests.commands import command
from tests.daemon.test_daemon import CALM
from tests.fleets import cluster, frontend, write_config


def shown(*observations: Observation) -> Snapshot:
    return take(FROZEN, subject(), observations, NOW)


def with_facts(role: Role, facts: Facts) -> Observation:
    return replace(observation(role, "1"), facts=facts)


DENIED = Failure(Reason.PERMISSION_DENIED, "agent lacks SELECT on schema_version in database temporal")


def test_each_target_has_a_line_and_below_it_what_could_not_be_read() -> None:
    snapshot = shown(
        observation(Role.SERVER, "1.31.2", plugins={Role.PERSISTENCE: ("postgres12",)}),
        with_facts(Role.PERSISTENCE, Facts("postgresql", (Node("15.4"),), schema=SchemaRow(None, DENIED))),
        observation(Role.VISIBILITY, failure=TIMEOUT),
    )
    assert as_text([snapshot]) == (
        "orders-live\n"
        "  ok      server grpc                  temporal 1.31.2; persistence plugin postgres12\n"
        "  partial persistence sql              postgresql 15.4\n"
        "          permission_denied: agent lacks SELECT on schema_version in database temporal\n"
        "          → GRANT SELECT ON schema_version to the agent's role, in this database\n"
        "  failed  visibility sql               No answer in time\n"
        "          timeout: no answer within 10 seconds\n"
        "          → check host and port, firewalls on the way, and `timeout`"
    )


def test_nodes_flavours_and_fields_are_counted() -> None:
    nodes = (Node("7.17.28", "a"), Node("7.17.28", "b"))
    found = with_facts(Role.VISIBILITY, Facts("elasticsearch", nodes, index=SearchIndex({"A": "keyword"})))
    relative = with_facts(Role.PERSISTENCE, Facts("mysql", (Node("10.11.6"),), flavor="mariadb"))
    text = as_text([shown(found, relative)])
    assert "elasticsearch 7.17.28 (2 nodes); index with 1 fields" in text
    assert "mariadb 10.11.6" in text


@pytest.mark.parametrize(
    ("observations", "code"),
    [
        (healthy(), ExitCode.OK),
        ((), ExitCode.OK),
        ((observation(Role.SERVER, failure=TIMEOUT),), ExitCode.UNDETERMINED),
        (
            (with_facts(Role.SERVER, Facts("temporal", (Node("1.31.2"),), gaps=(DENIED,))),),
            ExitCode.UNDETERMINED,
        ),
        (
            (
                with_facts(
                    Role.VISIBILITY, Facts("elasticsearch", (Node("8"),), index=SearchIndex(None, DENIED))
                ),
            ),
            ExitCode.UNDETERMINED,
        ),
    ],
)
def test_config_check_passes_when_every_target_can_be_read(
    observations: tuple[Observation, ...], code: int
) -> None:
    assert exit_code([shown(*observations)]) == code


@pytest.mark.parametrize("component", ["cassandra", "mysql", "postgresql", "elasticsearch", "opensearch"])
def test_every_store_names_the_right_that_it_needs(component: str) -> None:
    seen = observation(Role.PERSISTENCE, component=component, failure=DENIED)
    assert "→" in as_text([shown(seen)])


def test_the_command_probes_what_is_configured(tmp_path: Path) -> None:
    with frontend() as server:
        path = write_config(tmp_path, [cluster(tmp_path, "a", server.address)], **CALM)
        result = command("config", "check", str(path), "--probe")
        assert result.exit_code == ExitCode.OK
        assert result.stdout.splitlines()[:3] == [
            f"{path} is valid: 1 cluster",
            "a",
            f"  ok      {'server grpc':<29}temporal 1.31.2; persistence plugin sqlite;"
            " visibility plugin sqlite",
        ]
    result = command("config", "check", str(path), "--probe")
    assert result.exit_code == ExitCode.UNDETERMINED
    assert (
        "  failed  server grpc                  No connection to the target\n          unreachable: "
        in result.stdout
    )


def test_a_configuration_without_clusters_has_nothing_to_probe(tmp_path: Path) -> None:
    path = write_config(tmp_path, [], **CALM)
    result = command("config", "check", str(path), "--probe")
    assert (result.exit_code, result.stdout) == (ExitCode.OK, f"{path} is valid: 0 clusters\n\n")


def test_the_needed_schema_is_next_to_the_found_one() -> None:
    old = observation(Role.PERSISTENCE, "15.4", schema="1.18")
    text = as_text([shown(healthy()[0], old, healthy()[2])])
    assert "postgresql 15.4; schema 1.18 (needed: 1.19)" in text
    assert "schema 1.14 (needed: 1.14)" in text
    assert "needed" not in as_text([shown(old)])
