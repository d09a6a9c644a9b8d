"""The dependency matrix that the project starts from, cell by cell, through the command line.

Written by hand from docs/server-dependencies.md of Temporal's documentation (2020-11): its table, its legend
and its rules. Nothing here is read from the data files but the schema versions, which the document leaves to
the releases.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise, product
from typing import Any

import pytest
from packaging.specifiers import SpecifierSet

from tests.commands import answer, command, document
from tests.laws import law

# | Temporal version | Databases | Search | Event streaming | Monitoring | Observation |
TABLE = {
    "1.3.2": ("cassandra", "mysql", "postgresql"),
    "1.3.1": ("cassandra", "mysql", "postgresql"),
    "1.3.0": ("cassandra", "mysql", "postgresql"),
    "1.2.2": ("cassandra", "mysql", "postgresql"),
    "1.2.1": ("cassandra", "mysql", "postgresql"),
    "1.1.1": ("cassandra", "mysql"),
    "1.1.0": ("cassandra", "mysql"),
    "1.0.0": ("cassandra", "mysql"),
}
DATABASES = ("cassandra", "mysql", "postgresql")
IN_ORDER = list(reversed(TABLE))

# The legend: what is named, what is older than it, what is newer.
LEGEND = {
    "cassandra": (
        ["3.11", "3.11.0", "3.11.9"],
        ["2.2.19", "3.0.23", "3.10"],
        ["3.12", "4.0.0", "4.1.3", "5.0.4"],
    ),
    "mysql": (["5.7", "5.7.9", "5.7.32-log"], ["5.5.62", "5.6.50"], ["8.0.12", "8.0.22", "8.4.0", "9.1.0"]),
    "postgresql": (["9.6", "9.6.0", "9.6.20"], ["8.4", "9.5.24"], ["10.15", "12.5", "13.1", "15.4", "17.0"]),
    "elasticsearch": (["6.8", "6.8.0", "6.8.13"], ["5.6.16", "6.5.1", "6.7.2"], ["7.0.0", "7.10.1", "8.5.0"]),
    "kafka": (["2.1.1"], ["0.11.0.3", "1.1.1", "2.0.1"], ["2.2.0", "2.6.0", "3.9.0"]),
    "zookeeper": (["3.4.6"], ["3.3.6"], ["3.5.8", "3.6.2", "3.9.3"]),
    # ">=" is meant literally.
    "prometheus": (["2.0", "2.0.0", "2.22.2", "3.5.0"], ["1.8.2", "1.0.0"], []),
    "grafana": (["2.5", "2.5.0", "7.3.1", "12.0.0"], ["2.1.3", "2.4"], []),
}
VERDICTS = ("supported", "unsupported", "untested")
ROLE_OF = {
    "elasticsearch": "search",
    "kafka": "event_streaming",
    "zookeeper": "coordination",
    "prometheus": "monitoring",
    "grafana": "observation",
}

SEARCH = ("--search", "elasticsearch=6.8.13")
KAFKA = ("--event-streaming", "kafka=2.1.1")
ZOOKEEPER = ("--coordination", "zookeeper=3.4.6")
PROMETHEUS = ("--monitoring", "prometheus=2.22.2")
GRAFANA = ("--observation", "grafana=7.3.1")


@cache
def shown(release: str) -> dict[str, Any]:
    code, read = document("matrix", "show", release)
    assert code == 0
    return read


def needs(release: str, database: str) -> dict[str, str]:
    stores = shown(release)["schema"][database]
    return {"persistence": stores["default"], "visibility": stores["visibility"]}


def named(component: str) -> str:
    return f"{component}={LEGEND[component][0][-1]}"


def on(release: str, database: str = "cassandra", version: str = "", **schemas: str) -> list[str]:
    """A check of this release on one database for both stores, each with the schema of the release."""
    part = f"{database}={version}" if version else named(database)
    told = needs(release, database) | schemas
    arguments = ["check", "--server", release, "--persistence", part, "--visibility", part]
    for role, schema in told.items():
        arguments += ["--schema", f"{role}={schema}"]
    return arguments


def verdict(read: dict[str, Any], role: str, check: str = "version") -> tuple[str, str]:
    found = answer(read, role, check)
    assert found is not None, (role, check)
    assert found["source"], found
    return found["verdict"], found["reason"]


def cells(component: str) -> list[tuple[str, str]]:
    """Versions of the legend, each with its verdict."""
    return [
        (version, expected)
        for expected, versions in zip(VERDICTS, LEGEND[component], strict=True)
        for version in versions
    ]


# The table


@law(product(TABLE, DATABASES))
def test_databases(release: str, database: str) -> None:
    for version, expected in cells(database):
        if database not in TABLE[release]:
            expected = "unsupported"
        code, read = document(*on(release, database, version))
        for role in ("persistence", "visibility"):
            assert verdict(read, role)[0] == expected, (version, role)
        assert read["verdict"] == expected, version
        assert code == (expected == "unsupported"), version


@law(TABLE)
def test_a_component_outside_the_table_is_neither_database_nor_search(release: str) -> None:
    cassandra = on(release)[5:]
    _, read = document("check", "--server", release, "--persistence", "sqlite=3.34.0", *cassandra)
    assert verdict(read, "persistence")[0] == "unsupported"
    _, read = document(*on(release), "--search", "opensearch=2.6.0", *KAFKA, *ZOOKEEPER)
    assert verdict(read, "search")[0] == "unsupported"


@law(TABLE)
def test_search(release: str) -> None:
    for version, expected in cells("elasticsearch"):
        code, read = document(*on(release), "--search", f"elasticsearch={version}", *KAFKA, *ZOOKEEPER)
        assert verdict(read, "search")[0] == expected, version
        assert (read["verdict"], code) == (expected, int(expected == "unsupported")), version


@law(product(TABLE, ["kafka", "zookeeper"]))
def test_event_streaming(release: str, component: str) -> None:
    other = ZOOKEEPER if component == "kafka" else KAFKA
    role = ROLE_OF[component]
    for version, expected in cells(component):
        option = (f"--{role.replace('_', '-')}", f"{component}={version}")
        code, read = document(*on(release), *SEARCH, *option, *other)
        assert verdict(read, role)[0] == expected, version
        assert (read["verdict"], code) == (expected, int(expected == "unsupported")), version


@law(product(TABLE, ["prometheus", "grafana"]))
def test_monitoring_and_observation_are_reported_and_decide_nothing(release: str, component: str) -> None:
    role = ROLE_OF[component]
    for version, expected in cells(component):
        code, read = document(*on(release), f"--{role}", f"{component}={version}")
        assert verdict(read, role)[0] == expected, version
        assert (read["verdict"], read["would_start"], code) == ("supported", True, 0)


@law(TABLE)
def test_the_matrix_shows_the_same_cells(release: str) -> None:
    components = shown(release)["components"]
    for component in LEGEND:
        for version, expected in cells(component):
            if component in DATABASES and component not in TABLE[release]:
                expected = "unsupported"
            role = ROLE_OF.get(component, "persistence")
            found = [
                entry["verdict"]
                for entry in components[component]
                if entry["role"] in (None, role) and version.split("-")[0] in SpecifierSet(entry["versions"])
            ]
            assert found == [expected], (component, version)


@law(TABLE)
def test_go_1_15_builds_it(release: str) -> None:
    ranges = {entry["versions"]: entry["verdict"] for entry in shown(release)["components"]["go"]}
    assert ranges == {"<1.15": "unsupported", ">=1.15": "supported"}


@law(TABLE)
def test_every_cell_of_the_matrix_has_a_source_unless_no_source_mentions_it(release: str) -> None:
    for ranges in shown(release)["components"].values():
        assert ranges
        without = [entry for entry in ranges if not entry["source"]]
        assert [entry for entry in without if entry["verdict"] != "untested"] == []


# "The only required dependency is a database"


@law(TABLE)
def test_everything_as_it_is_named_is_supported_and_starts(release: str) -> None:
    for database in TABLE[release]:
        everything = (*SEARCH, *KAFKA, *ZOOKEEPER, *PROMETHEUS, *GRAFANA)
        code, read = document(*on(release, database), *everything)
        assert (code, read["verdict"], read["would_start"]) == (0, "supported", True)
        assert {entry["verdict"] for entry in read["clusters"][0]["checks"]} == {"supported"}
        assert read["clusters"][0]["findings"] == []


@law(TABLE)
def test_a_database_is_required_and_nothing_else(release: str) -> None:
    code, read = document("check", "--server", release)
    assert (code, read["verdict"], read["would_start"]) == (1, "unsupported", False)
    assert verdict(read, "persistence", "required") == ("unsupported", "missing")
    for database in TABLE[release]:
        code, read = document(*on(release, database))
        assert (code, read["verdict"], read["would_start"]) == (0, "supported", True)
        told = {entry["role"] for entry in read["clusters"][0]["checks"]}
        assert told == {"server", "persistence", "visibility"}


# "Event streaming is only required when ElasticSearch is being used or … across multiple data centers"


@law(product(TABLE, [SEARCH, ("--multi-datacenter",)]))
def test_event_streaming_is_required_with_search_or_several_data_centres(
    release: str, because: tuple[str, ...]
) -> None:
    for there, missing in (
        ((), ("event_streaming", "coordination")),
        (KAFKA, ("coordination",)),
        (ZOOKEEPER, ("event_streaming",)),
        ((*KAFKA, *ZOOKEEPER), ()),
    ):
        code, read = document(*on(release), *because, *there)
        for role in ("event_streaming", "coordination"):
            expected = ("unsupported", "missing") if role in missing else ("supported", "configured")
            assert verdict(read, role, "required") == expected, (there, role)
        assert (code, read["verdict"]) == ((1, "unsupported") if missing else (0, "supported"))


@law(TABLE)
def test_event_streaming_that_nobody_needs_is_a_remark(release: str) -> None:
    # Whatever its version: the server never talks to it.
    for version in ("0.11.0.3", "2.1.1", "3.9.0"):
        code, read = document(*on(release), "--event-streaming", f"kafka={version}", *ZOOKEEPER)
        assert (code, read["verdict"]) == (0, "supported")
        assert verdict(read, "event_streaming") == ("supported", "not_used")
        assert answer(read, "event_streaming", "required") is None
        reasons = {(entry["role"], entry["reason"]) for entry in read["clusters"][0]["findings"]}
        assert reasons == {("event_streaming", "not_used"), ("coordination", "not_used")}


@law(TABLE)
def test_a_search_store_does_not_replace_the_visibility_database(release: str) -> None:
    arguments = ["check", "--server", release, "--persistence", named("mysql"), *SEARCH, *KAFKA, *ZOOKEEPER]
    code, read = document(*arguments, "--schema", f"persistence={needs(release, 'mysql')['persistence']}")
    assert (code, read["would_start"]) == (1, False)
    assert verdict(read, "visibility", "required") == ("unsupported", "missing")
    _, read = document(*arguments, "--visibility", "elasticsearch=6.8.13")
    assert verdict(read, "visibility")[0] == "unsupported"


# "Newer binaries can not run with older database schemas"; "older binaries can operate with newer schemas"


@pytest.mark.parametrize(("older", "newer"), list(pairwise(IN_ORDER)))
def test_consecutive_releases_on_each_other_s_schema(older: str, newer: str) -> None:
    for database in TABLE[older]:
        before, after = needs(older, database), needs(newer, database)
        code, read = document(*on(newer, database, **before))
        changed = [role for role in before if before[role] != after[role]]
        assert (code, read["would_start"]) == ((1, False) if changed else (0, True))
        for role in before:
            expected = (
                ("unsupported", "schema_behind") if role in changed else ("supported", "schema_current")
            )
            assert verdict(read, role, "schema") == expected
        code, read = document(*on(older, database, **after))
        assert (code, read["verdict"], read["would_start"]) == (0, "supported", True)
        for role in before:
            ahead = ("supported", "schema_ahead" if role in changed else "schema_current")
            assert verdict(read, role, "schema") == ahead


@law(TABLE)
def test_one_schema_version_less_stops_and_one_more_does_not(release: str) -> None:
    for database in TABLE[release]:
        for role, version in needs(release, database).items():
            major, minor = version.split(".")
            less = f"{major}.{int(minor) - 1}" if minor != "0" else "0.9"
            code, read = document(*on(release, database, **{role: less}))
            assert (code, read["verdict"], read["would_start"]) == (1, "unsupported", False)
            assert verdict(read, role, "schema") == ("unsupported", "schema_behind")
            code, read = document(*on(release, database, **{role: f"{major}.{int(minor) + 1}"}))
            assert (code, read["verdict"], read["would_start"]) == (0, "supported", True)
            assert verdict(read, role, "schema") == ("supported", "schema_ahead")


# "We do not recommend using any version older than v1.0.0"


@pytest.mark.parametrize("release", ["0.23.1", "0.29.0", "0.30.0"])
def test_releases_before_1_0_0_are_unknown_with_a_reason(release: str) -> None:
    arguments = ["check", "--server", release, "--persistence", "mysql=5.7", "--visibility", "mysql=5.7"]
    code, read = document(*arguments)
    assert (code, read["verdict"], read["would_start"]) == (3, "unknown", None)
    found = answer(read, "server", "version")
    assert found is not None
    assert (found["verdict"], found["reason"]) == ("unknown", "release_unknown")
    assert "does not recommend older versions" in found["message"]
    assert "does not recommend older versions" in command(*arguments).output
    assert command("matrix", "show", release).exit_code == 2
