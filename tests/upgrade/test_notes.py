"""What a hop says of itself."""

from __future__ import annotations

from agent.matrix import Matrix
from agent.model.vocabulary import Role
from agent.upgrade.notes import HopEnd, notes
from agent.upgrade.simulated_stores import SimulatedStores
from tests.building import MATRIX, NOT_READ
from tests.upgrade.building import Stores, same
from tests.upgrade.test_route import release

POSTGRESQL = same("postgresql=13.4", "postgres12")


def side(name: str, stores: Stores, matrix: Matrix = MATRIX) -> HopEnd:
    return HopEnd(release(name, matrix), stores.gate.uses(SimulatedStores.of(stores.specs)))


def texts(
    before: str, after: str, stores: Stores = POSTGRESQL, unsure: str = "", matrix: Matrix = MATRIX
) -> list[str]:
    found = notes(matrix, side(before, stores, matrix), side(after, stores, matrix), unsure)
    assert all(note.source for note in found if "is unknown whether" not in note.text)
    return [note.text for note in found]


def has(found: list[str], words: str) -> bool:
    return any(words in text for text in found)


def test_a_warning_is_at_the_first_hop_that_it_concerns() -> None:
    words = "reject the DO block in the scripts of 1.30.0"
    assert has(texts("1.29.7", "1.30.6"), words)
    assert not has(texts("1.30.6", "1.31.2"), words)


def test_a_warning_about_a_plugin_is_at_the_hop_that_introduces_the_plugin() -> None:
    before, after = side("1.22.7", same("postgresql=13.4", "postgres")), side("1.23.1", POSTGRESQL)
    assert has([n.text for n in notes(MATRIX, before, after)], "btree_gin")
    assert not has(texts("1.22.7", "1.23.1"), "btree_gin")


def test_warnings_about_other_stores_are_left_out() -> None:
    cassandra = same("cassandra=3.11.19")
    assert has(texts("1.23.1", "1.24.3", cassandra), "1.24.0 removed Cassandra as a visibility store")
    assert not has(texts("1.23.1", "1.24.3"), "Cassandra")
    assert not has(texts("1.7.3", "1.8.2", same("mysql=5.7.40", "mysql")), "Kafka")


def test_a_warning_about_kafka_is_shown_to_clusters_that_use_it() -> None:
    stores = Stores(
        {**same("mysql=5.7.40").parts, Role.EVENT_STREAMING: "kafka=2.1.1"}, {Role.PERSISTENCE: "mysql"}
    )
    assert has(texts("1.7.3", "1.8.2", stores), "Kafka")


def test_the_condition_of_a_warning_is_reported() -> None:
    assert has(texts("1.29.7", "1.30.6"), "Only if: you run the image temporalio/auto-setup.")


def test_the_warning_about_the_identity_names_a_1_14_server() -> None:
    assert has(
        texts("1.14.6", "1.15.2", same("mysql=5.7.40", "mysql")), "Start a 1.14 server on the database"
    )


def test_vulnerabilities_are_not_part_of_a_hop() -> None:
    assert not has(texts("1.20.5", "1.31.2"), "GHSA")


def test_patches_that_were_not_read_are_reported() -> None:
    assert has(texts("1.30.6", "1.31.2", matrix=NOT_READ), "1.31.3 and 1.31.4 and 1.31.5")
    assert not has(texts("1.28.4", "1.29.7"), "Newer patches exist")


def test_a_release_that_was_not_read_is_reported_as_not_read() -> None:
    assert has(
        texts("1.31.2", "1.31.3", matrix=NOT_READ),
        "The matrix knows that 1.31.3 exists, but not what it requires",
    )


def test_an_unknown_start_is_reported_with_its_reason() -> None:
    assert "It is unknown whether 1.30.6 would start: no answer." in texts(
        "1.29.7", "1.30.6", unsure="no answer"
    )
