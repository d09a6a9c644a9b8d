"""Published warnings: every one can be defended, and whom it concerns is certain, not certain, or nobody."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import pytest
from packaging.specifiers import SpecifierSet

from agent.components.registry import ALL, FILLED_BY, FLAVOR_OF, SEARCH
from agent.matrix import Advisory, Release, StoreUse, Uses
from agent.matrix.advisories import Advisories
from agent.model.vocabulary import Level, Role
from tests.building import MATRIX, NOT_READ
from tests.laws import law

ENTRIES: list[dict[str, Any]] = json.loads(
    (resources.files("agent.matrix") / "data" / "advisories.json").read_bytes()
)["advisories"]
RUNNING = [entry for entry in ENTRIES if entry["scope"] == "running"]

MAY_HAVE = {"evidence", "stores", "versions", "broken", "condition", "when"}
MUST_HAVE = {"id", "scope", "level", "releases", "summary", "remedy", "source"}


def release(name: str) -> Release:
    found = MATRIX.releases.named(name)
    assert found is not None
    return found


def advisory(name: str) -> Advisory:
    (found,) = [advisory for advisory in MATRIX.advisories.all if advisory.id == name]
    return found


def use(component: str, plugin: str = "", *versions: str, flavor: str = "") -> StoreUse:
    return StoreUse(component, plugin, flavor, versions)


# The file


@law(ENTRIES)
def test_every_entry_has_all_fields_and_no_other(entry: dict[str, Any]) -> None:
    assert MUST_HAVE <= entry.keys() <= MUST_HAVE | MAY_HAVE
    assert entry["scope"] in {"running", "upgrade", "tools", "image", "unreviewed"}
    assert entry["level"] in set(Level)
    for field in ("id", "summary", "remedy", "source"):
        assert entry[field].strip() == entry[field] != ""


@law(ENTRIES)
def test_every_range_is_a_specifier_with_a_bound(entry: dict[str, Any]) -> None:
    # Without a range nothing can be matched, and nothing is.
    assert bool(entry["releases"]) is (entry["scope"] != "unreviewed")
    for text in (*entry["releases"], *entry.get("versions", {}).values()):
        assert len(SpecifierSet(text)) >= 1


@law(ENTRIES)
def test_no_warning_is_unreviewed_without_a_reason(entry: dict[str, Any]) -> None:
    assert entry["scope"] != "unreviewed" or entry.get("evidence", "").strip()


@law(ENTRIES)
def test_every_store_is_one_that_the_role_can_have(entry: dict[str, Any]) -> None:
    for role, names in entry.get("stores", {}).items():
        relatives = {component.name for component in ALL if component.relative_of} | set(FLAVOR_OF)
        known = set(MATRIX.plugins.names) | SEARCH | {"cassandra"} | relatives
        if Role(role) is Role.SEARCH:
            known = set(SEARCH)
        assert set(names) <= known
    components = set().union(*FILLED_BY.values())
    assert entry.get("versions", {}).keys() <= components


@law(RUNNING)
def test_what_concerns_what_runs_concerns_some_release_of_the_matrix(entry: dict[str, Any]) -> None:
    assert any(advisory(entry["id"]).holds(release) for release in MATRIX.releases.all)


def test_no_id_is_given_twice() -> None:
    ids = [entry["id"] for entry in ENTRIES]
    assert len(ids) == len(set(ids))


def test_only_what_concerns_what_runs_is_loaded_and_the_most_urgent_comes_first() -> None:
    loaded = MATRIX.advisories.all
    assert {advisory.id for advisory in loaded} == {entry["id"] for entry in RUNNING}
    levels = [list(Level).index(advisory.level) for advisory in loaded]
    assert levels == sorted(levels)


def test_exactly_these_are_broken_and_none_of_them_has_a_condition_that_cannot_be_evaluated() -> None:
    sql = {"mysql8", "postgres12", "postgres12_pgx", "sqlite"}
    broken = {
        entry["id"]: {role: set(names) for role, names in entry.get("stores", {}).items()}
        for entry in ENTRIES
        if entry.get("broken")
    }
    assert broken == {
        "rel-1.21.0-mysql-visibility": {"visibility": {"mysql8"}},
        "rel-1.24.0-sql-visibility": {"visibility": sql},
        "rel-1.26.0-accidental": {},
        "rel-1.26.1-retraction-only": {},
        "rel-1.27.0-null-data-encoding": {"persistence": sql},
        "rel-1.30.0-retracted": {},
    }
    for advisory in MATRIX.advisories.all:
        if advisory.broken:
            assert not advisory.condition
            assert advisory.level is Level.CRITICAL
            assert not advisory.versions


# Whom one concerns


@law(
    [
        ("1.21.0", use("mysql", "mysql8"), True),
        ("1.21.1", use("mysql", "mysql8"), True),
        ("1.21.0", use("mysql", "mysql"), False),
        # Either plugin can be behind it.
        ("1.21.0", use("mysql"), None),
        ("1.21.2", use("mysql", "mysql8"), False),
        ("1.20.5", use("mysql", "mysql8"), False),
        ("1.21.0", use("postgresql", "postgres12"), False),
        ("1.21.0", use("elasticsearch"), False),
    ],
)
def test_a_plugin_decides_and_one_that_is_not_known_leaves_it_open(
    name: str, store: StoreUse, expected: bool | None
) -> None:
    subject = advisory("rel-1.21.0-mysql-visibility")
    assert subject.applies(release(name), ((Role.VISIBILITY, store),)) is expected
    assert subject.applies(release(name), ((Role.PERSISTENCE, store),)) is False


@pytest.mark.parametrize("component", ["mysql", "postgresql", "sqlite"])
def test_the_plugin_need_not_be_known_if_a_warning_concerns_every_plugin(component: str) -> None:
    uses: Uses = ((Role.VISIBILITY, use(component)),)
    assert advisory("rel-1.24.0-sql-visibility").applies(release("1.24.0"), uses) is True


def test_a_component_is_not_taken_for_the_plugin_of_the_same_name() -> None:
    gone = advisory("sql-plugins-removed-1.24")
    assert gone.applies(release("1.31.2"), ((Role.PERSISTENCE, use("mysql", "mysql8")),)) is False
    assert gone.applies(release("1.31.2"), ((Role.PERSISTENCE, use("mysql", "mysql")),)) is True


@law(
    [
        (use("mysql", "mysql8", "8.0.18"), True),
        (use("mysql", "mysql8", "8.0.19"), False),
        (use("mysql", "mysql8", "8.4.1"), False),
        (use("mysql", "mysql8", "8.0.36", "8.0.18"), True),
        (use("mysql", "mysql8"), None),
        (use("mysql", "mysql8", "8.0.36", "?"), None),
        (use("mysql", "mysql8", "8.0.18", flavor="percona"), True),
        (use("mysql", "mysql8", flavor="mariadb"), False),
        (use("postgresql", "postgres12", "8.0.18"), False),
    ],
)
def test_a_version_of_any_node_decides_and_one_that_is_not_known_leaves_it_open(
    store: StoreUse, expected: bool | None
) -> None:
    subject = advisory("db-mysql-8.0.19")
    assert subject.applies(release("1.31.2"), ((Role.PERSISTENCE, store),)) is expected


def test_store_and_version_must_be_those_of_one_store() -> None:
    # MySQL 8.0.18 is the visibility store's, and the warning is about the other one.
    uses = (
        (Role.PERSISTENCE, use("mysql", "mysql8", "8.0.36")),
        (Role.VISIBILITY, use("mysql", "mysql8", "8.0.18")),
    )
    assert advisory("db-mysql-8.0.19").applies(release("1.31.2"), uses) is False


def test_versions_without_stores_apply_to_every_role() -> None:
    subject = advisory("db-mysql57-until-1.23")
    for role in (Role.PERSISTENCE, Role.VISIBILITY):
        assert subject.applies(release("1.24.2"), ((role, use("mysql", "", "5.7.44")),)) is True
    assert subject.applies(release("1.24.2"), ()) is False


@pytest.mark.parametrize("role", [Role.SEARCH, Role.VISIBILITY])
def test_one_of_several_roles_is_enough(role: Role) -> None:
    subject = advisory("db-es-versions")
    assert subject.applies(release("1.17.6"), ((role, use("elasticsearch", "", "8.5.0")),)) is True
    assert subject.applies(release("1.18.0"), ((role, use("elasticsearch", "", "8.5.0")),)) is False


def test_a_relative_is_selected_by_its_own_name() -> None:
    subject = advisory("db-untested-vendors")
    for store in (use("cockroachdb", "postgres12", "24.1.2"), use("mysql", "mysql8", flavor="vitess")):
        assert subject.applies(release("1.31.2"), ((Role.PERSISTENCE, store),)) is True
    assert subject.applies(release("1.31.2"), ((Role.PERSISTENCE, use("postgresql", "postgres12")),)) is False


def test_a_release_that_was_not_read_leaves_open_what_its_plugins_decide() -> None:
    subject = Advisory(
        id="x",
        level=Level.INFO,
        releases=(SpecifierSet("==1.30.7"),),
        stores={Role.VISIBILITY: frozenset({"mysql8"})},
        versions={},
        broken=False,
        condition="",
        summary="",
        remedy="",
        source="",
    )
    not_read = NOT_READ.releases.named("1.30.7")
    assert not_read is not None
    assert subject.applies(not_read, ((Role.VISIBILITY, use("mysql")),)) is None
    assert subject.applies(not_read, ((Role.VISIBILITY, use("mysql", "mysql8")),)) is True
    assert subject.applies(not_read, ((Role.VISIBILITY, use("postgresql")),)) is False


# Over all releases


def _every_use() -> list[StoreUse]:
    sql = [use(MATRIX.plugins.component_of(name), name) for name in MATRIX.plugins.names]
    return [*sql, use("mysql"), use("postgresql"), use("elasticsearch"), use("cassandra"), use("custom")]


def test_a_warning_knows_for_every_release_and_store_whether_it_applies() -> None:
    for one in MATRIX.releases.all:
        for store in _every_use():
            for role in (Role.PERSISTENCE, Role.VISIBILITY, Role.SEARCH):
                uses: Uses = ((role, store),)
                answers = {each: each.applies(one, uses) for each in MATRIX.advisories.all}
                concerns = MATRIX.advisories.concerning(one, uses)
                assert concerns.all == tuple(
                    each for each, it_does in answers.items() if it_does is not False
                )
                assert concerns.broken == tuple(a for a in concerns.all if a.broken and answers[a])
                assert concerns.may_be_broken == tuple(
                    a for a in concerns.all if a.broken and answers[a] is None
                )


def test_knowing_more_of_a_store_never_turns_a_certain_answer_around() -> None:
    for one in MATRIX.releases.all:
        for each in MATRIX.advisories.all:
            for plugin in one.plugins:
                component = MATRIX.plugins.component_of(plugin)
                vague = each.applies(one, ((Role.VISIBILITY, use(component)),))
                exact = each.applies(one, ((Role.VISIBILITY, use(component, plugin)),))
                assert vague is None or vague is exact


def test_a_vulnerability_ends_with_the_release_that_its_record_names() -> None:
    open_ends = {"CVE-2023-3485": "1.20.0", "CVE-2026-5724-1.31": "1.31.2", "CVE-2026-89139": "1.31.3"}
    for name, fixed in open_ends.items():
        assert not advisory(name).holds(release(fixed))
    for each in MATRIX.advisories.all:
        if each.id.startswith("CVE-"):
            assert not each.holds(release("1.32.2"))


def test_without_advisories_no_release_has_a_warning() -> None:
    assert Advisories([]).concerning(release("1.30.0"), ()).all == ()
