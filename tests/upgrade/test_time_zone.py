"""Time zones of MySQL servers."""

from __future__ import annotations

from dataclasses import replace

from agent.model.observation import SchemaRow
from agent.model.vocabulary import Check, Role
from agent.upgrade.release_judge import ReleaseJudge
from agent.upgrade.simulated_stores import SimulatedStores
from agent.upgrade.time_zone import is_east_of_utc
from tests.building import MATRIX
from tests.laws import law
from tests.upgrade.building import NOW, same
from tests.upgrade.test_route import release

STORES = same("mysql=5.7.40", "mysql")


@law(
    [
        ("+02:00", "UTC", True),
        ("+00:30", "", True),
        ("+00:00", "CET", False),
        ("-05:00", "", False),
        ("SYSTEM", "UTC", False),
        ("SYSTEM", "CEST", True),
        ("SYSTEM", "+08", True),
        ("SYSTEM", "+00", False),
        ("SYSTEM", "-03", False),
        ("SYSTEM", "", False),
        ("Asia/Tokyo", "", True),
        ("America/New_York", "", False),
        ("", "CET", False),
    ]
)
def test_a_zone_is_east_only_where_that_is_sure(zone: str, system: str, expected: bool) -> None:
    assert is_east_of_utc({"time_zone": zone, "system_time_zone": system}) is expected


@law(
    [
        ("1.17.6", "0.0", "+02:00", True),
        ("1.18.5", "0.0", "+02:00", False),
        ("1.19.1", "0.0", "+02:00", False),
        ("1.17.6", "1.0", "+02:00", False),
        ("1.17.6", "0.0", "+00:00", False),
    ]
)
def test_a_hop_that_sets_up_step_1_0_east_of_utc_is_blocked(
    name: str, schema: str, zone: str, blocked: bool
) -> None:
    seen = tuple(
        replace(each, facts=replace(each.facts, schema=SchemaRow(schema), settings={"time_zone": zone}))
        for each in STORES.observations
        if each.facts
    )
    found = ReleaseJudge(MATRIX, STORES.subject, seen, NOW).blockers(
        release(name), SimulatedStores.of(STORES.specs)
    )
    zones = [each for each in found if "east of UTC" in each.message]
    assert [(each.role, each.check) for each in zones] == (
        [(Role.PERSISTENCE, Check.PREREQUISITES)] if blocked else []
    )
    assert all("--connect-attributes" in each.message for each in zones)
