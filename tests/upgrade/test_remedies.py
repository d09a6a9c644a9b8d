"""What blockers say is to be done."""

from __future__ import annotations

from agent.model.vocabulary import Reason, Role
from tests.laws import law
from tests.upgrade.building import Stores, same
from tests.upgrade.test_route import release

PERSISTENCE, VISIBILITY, SEARCH = Role.PERSISTENCE, Role.VISIBILITY, Role.SEARCH
PG = "postgresql=15.4"


@law(
    [
        (
            same("cassandra=3.11.19"),
            "1.24.3",
            Reason.COMPONENT_NOT_SUPPORTED,
            "Move visibility to Elasticsearch or SQL while on 1.21 to 1.23",
        ),
        (same("mysql=5.7.40", "mysql8"), "1.24.3", Reason.BELOW_MINIMUM, "Upgrade MySQL to 8.0.19 or later"),
        (same("postgresql=11.4", "postgres12"), "1.24.3", Reason.BELOW_MINIMUM, "Upgrade PostgreSQL before"),
        (same(PG, "postgres12"), "1.24.0", Reason.RELEASE_BROKEN, "1.24.1 or later"),
        (same(PG, "postgres12"), "1.26.0", Reason.RELEASE_BROKEN, "1.26.2"),
        (same("mysql=8.0.33", "mysql"), "1.24.3", Reason.PLUGIN_NOT_IN_RELEASE, "1.24.3 has mysql8."),
        (
            Stores({PERSISTENCE: PG}, {PERSISTENCE: "postgres12"}),
            "1.31.2",
            Reason.MISSING,
            "add it to the configuration",
        ),
        (
            Stores({PERSISTENCE: "sqlite=3.45", VISIBILITY: "sqlite=3.45"}, {}),
            "1.31.2",
            Reason.SCHEMA_BEHIND,
            "No schema tool can upgrade a SQLite file",
        ),
        (
            Stores(
                {PERSISTENCE: PG, VISIBILITY: PG, SEARCH: "elasticsearch=7.10.2"},
                {PERSISTENCE: "postgres12", VISIBILITY: "postgres12"},
            ),
            "1.23.1",
            Reason.PAIR_REFUSED,
            "Configure only one of the two",
        ),
        (
            Stores({PERSISTENCE: "mysql=5.7.40", SEARCH: "elasticsearch=6.8.23"}, {PERSISTENCE: "mysql"}),
            "1.18.5",
            Reason.BELOW_MINIMUM,
            "Move the index to Elasticsearch 7 or 8",
        ),
    ],
)
def test_a_blocker_says_what_to_do(stores: Stores, name: str, reason: Reason, do: str) -> None:
    state = stores.at(release(name))
    # The plugins as they are told, not as the release would have them.
    for role, spec in stores.specs.items():
        state = state.with_store(role, spec)
    if reason is Reason.SCHEMA_BEHIND:
        state = type(state).of(stores.specs)
    found = [b for b in stores.gate.blockers(release(name), state) if b.reason is reason]
    assert found
    assert any(do in blocker.message for blocker in found), [b.message for b in found]
