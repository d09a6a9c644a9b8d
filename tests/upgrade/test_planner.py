"""Hop by hop."""

from __future__ import annotations

from agent.cli.inventory import DeclaredStack, to_observations
from agent.matrix import Matrix
from agent.model.vocabulary import Reason, Role
from agent.upgrade import Access, Hop, Plan, Planner, StepKind, Toolbox
from tests.building import MATRIX, NOT_READ, only
from tests.laws import law
from tests.upgrade.building import NOW, Stores, same
from tests.upgrade.test_route import release

PERSISTENCE, VISIBILITY, SEARCH = Role.PERSISTENCE, Role.VISIBILITY, Role.SEARCH
KAFKA = {Role.EVENT_STREAMING: "kafka=2.1.1", Role.COORDINATION: "zookeeper=3.4.6"}
POSTGRESQL = same("postgresql=13.4", "postgres12")
WITH_SEARCH = Stores(
    {PERSISTENCE: "cassandra=3.11.19", VISIBILITY: "cassandra=3.11.19", SEARCH: "elasticsearch=7.10.2"}, {}
)


def plan(
    stores: Stores, start: str, target: str, tools: Toolbox | None = None, matrix: Matrix = MATRIX
) -> Plan:
    planner = Planner(matrix, stores.subject, stores.observations, NOW, tools or Toolbox())
    before = release(start, matrix)
    return planner.plan(before, release(target, matrix), stores.at(before))


def hop(found: Plan, name: str) -> Hop:
    (one,) = [one for one in found.hops if one.release == name]
    return one


def done(one: Hop) -> list[tuple[str, str]]:
    return [(str(step.kind), step.to) for step in one.steps]


def test_a_hop_is_schemas_then_a_pause_then_the_server_then_a_pause() -> None:
    found = plan(POSTGRESQL, "1.30.6", "1.31.2", matrix=only("1.30.6", "1.31.2"))
    assert done(hop(found, "1.31.2")) == [
        ("schema", "1.19"),
        ("schema", "1.14"),
        ("observe", "1.30.6"),
        ("server", "1.31.2"),
        ("observe", "1.31.2"),
    ]
    assert found.blockers == ()
    assert hop(found, "1.31.2").back_to == "1.30.6"


def test_to_where_it_is_there_is_nothing_to_do() -> None:
    assert plan(POSTGRESQL, "1.31.2", "1.31.2").hops == ()


def test_what_is_behind_at_the_beginning_comes_first_without_a_deploy() -> None:
    state = POSTGRESQL.at(release("1.30.6")).with_schema(VISIBILITY, "1.9")
    found = POSTGRESQL.planner.plan(release("1.30.6"), release("1.31.2"), state)
    assert done(found.hops[0]) == [("schema", "1.13")]
    assert found.hops[0].release == "1.30.6"


def test_the_plugin_changes_on_the_last_release_that_has_both() -> None:
    """The schema goes along the new plugin's folder before."""
    found = hop(plan(same("postgresql=13.4", "postgres"), "1.22.7", "1.24.3"), "1.23.1")
    assert done(found)[:5] == [
        ("schema", "1.11"),
        ("schema", "1.4"),
        ("observe", "1.22.7"),
        ("configuration", "postgres12"),
        ("configuration", "postgres12"),
    ]
    assert "--plugin postgres12" in found.steps[1].command
    assert "postgresql/v12/visibility" in found.steps[1].command


def test_a_release_that_already_runs_is_restarted() -> None:
    first, second = plan(same("postgresql=13.4", "postgres"), "1.23.1", "1.24.3").hops
    assert [step.kind for step in first.steps if step.role is Role.SERVER] == [
        StepKind.OBSERVE,
        StepKind.SERVER,
        StepKind.OBSERVE,
    ]
    assert first.steps[-2].note.startswith("Restart every replica of 1.23.1")
    assert second.release == "1.24.3"


def test_search_that_moves_to_visibility_keeps_its_own_connection() -> None:
    """The keyspace of what it takes the place of is no index."""
    tools = Toolbox(
        {
            VISIBILITY: Access("cassandra", 9042, "temporal_visibility", "agent"),
            SEARCH: Access(url="http://es:9200", name="vis_v1"),
        }
    )
    found = plan(WITH_SEARCH, "1.22.7", "1.31.2", tools)
    assert ("configuration", "visibilityStore") in done(hop(found, "1.23.1"))
    (step,) = [s for s in hop(found, "1.31.2").steps if s.role is VISIBILITY]
    assert (
        step.command == "temporal-elasticsearch-tool --endpoint http://es:9200 update-schema --index vis_v1"
    )
    assert found.blockers == ()


def test_a_role_whose_component_changes_has_a_change_for_each_store() -> None:
    found = plan(WITH_SEARCH, "1.22.7", "1.31.2")
    assert [(each.role, each.component, each.current, each.target) for each in found.stores] == [
        (PERSISTENCE, "cassandra", "1.8", "1.13"),
        (VISIBILITY, "cassandra", "1.0", ""),
        (VISIBILITY, "elasticsearch", "", "14"),
        (SEARCH, "elasticsearch", "5", ""),
    ]


def test_a_new_index_begins_with_1_11_and_is_the_one_from_then_on() -> None:
    stores = Stores({**WITH_SEARCH.parts, SEARCH: "elasticsearch=6.8.23", **KAFKA}, {})
    found = plan(stores, "1.10.5", "1.17.6")
    assert [step for step in done(hop(found, "1.11.4")) if step[0] != "observe"][:2] == [
        ("schema", "1"),
        ("configuration", "indices.visibility"),
    ]
    assert ("configuration", "v6") in done(hop(found, "1.12.4"))
    (step,) = [s for s in hop(found, "1.17.6").steps if s.role is SEARCH]
    assert 'ES_VIS_INDEX_V1="$SEARCH_NEW_INDEX"' in step.command
    assert "ES_VERSION=v6" in step.command
    assert found.blockers == ()


def test_elasticsearch_6_ends_with_1_18() -> None:
    stores = Stores({**WITH_SEARCH.parts, SEARCH: "elasticsearch=6.8.23"}, {})
    (blocker,) = plan(stores, "1.17.6", "1.18.5").blockers
    assert (blocker.release, blocker.role, blocker.reason) == ("1.18.5", SEARCH, Reason.BELOW_MINIMUM)


def test_cassandra_visibility_alone_blocks_1_24_and_not_before() -> None:
    found = plan(same("cassandra=3.11.19"), "1.20.5", "1.26.3")
    (blocker,) = found.blockers
    assert (blocker.release, blocker.role) == ("1.24.3", VISIBILITY)
    assert [one.release for one in found.hops if one.blockers] == ["1.24.3", "1.25.2", "1.26.3"]


def test_a_file_of_sqlite_is_taken_further_by_no_tool() -> None:
    stores = Stores({PERSISTENCE: "sqlite=3.45", VISIBILITY: "sqlite=3.45"}, {})
    found = plan(stores, "1.26.3", "1.31.2")
    assert not any(step.kind is StepKind.SCHEMA for step in found.steps)
    assert Reason.SCHEMA_BEHIND in {b.reason for b in found.blockers}


def test_a_target_that_was_not_read_gets_what_it_needs_at_least_and_says_so() -> None:
    (one,) = plan(POSTGRESQL, "1.31.2", "1.31.3", matrix=NOT_READ).hops
    assert done(one) == [("server", "1.31.3"), ("observe", "1.31.3")]
    assert "but not what it requires" in one.notes[0].text
    last = plan(POSTGRESQL, "1.29.7", "1.30.9", matrix=NOT_READ).hops[-1]
    # Between 1.30.6 and 1.31.0 nothing tells whether it needs 1.13 or 1.14.
    assert done(last)[0] == ("schema", "1.13")
    assert "--version" not in last.steps[0].command
    assert last.would_start is None
    assert any("It is unknown whether 1.30.9 would start" in note.text for note in last.notes)


def test_a_broken_target_is_taken_and_blocked() -> None:
    (blocker,) = plan(POSTGRESQL, "1.25.2", "1.26.0").blockers
    assert (blocker.release, blocker.reason) == ("1.26.0", Reason.RELEASE_BROKEN)
    assert "1.26.2" in blocker.message


def test_plans_share_the_hops_that_are_the_same() -> None:
    planner = POSTGRESQL.planner
    state = POSTGRESQL.at(release("1.27.4"))
    one, other = (planner.plan(release("1.27.4"), release(name), state) for name in ("1.30.6", "1.31.2"))
    assert one.hops[0] is other.hops[0]


def test_schemas_that_are_not_known_count_as_those_of_the_release_that_runs() -> None:
    stores = Stores({PERSISTENCE: "postgresql=13.4"}, {PERSISTENCE: "postgres12"})
    planner = Planner(MATRIX, stores.subject, (), NOW, Toolbox())
    assert dict(planner.current(release("1.30.6")).reached) == {PERSISTENCE: "1.18"}


def declared(start: str, target: str, store: str, plugin: str, schemas: dict[Role, str]) -> Plan:
    stack = DeclaredStack(start, dict.fromkeys(schemas, store), any_plugins=(plugin,), schemas=schemas)
    subject, observations = to_observations(MATRIX, stack)
    planner = Planner(MATRIX, subject, observations, NOW, Toolbox())
    return planner.plan(release(start), release(target), planner.current(release(start)))


@law(
    ("mysql", relative, version)
    for relative in ("percona=5.7.44-48", "rds-mysql=5.7.44", "mysql=5.7.44-google", "aurora-mysql=5.7.12")
    for version in ("5.7.44",)
)
def test_a_relative_with_the_numbers_of_mysql_has_the_blockers_of_mysql(
    component: str, relative: str, version: str
) -> None:
    schemas = {Role.PERSISTENCE: "1.11", Role.VISIBILITY: "1.1"}
    own, other = (
        [
            (blocker.release, blocker.role, blocker.reason, blocker.source)
            for hop in declared("1.23.1", "1.24.2", store, "mysql", schemas).hops
            for blocker in hop.blockers
        ]
        for store in (f"{component}={version}", relative)
    )
    assert len(own) == 4
    assert other == own


def test_a_row_that_no_release_has_leaves_no_step_out() -> None:
    good = {Role.PERSISTENCE: "1.18", Role.VISIBILITY: "1.13"}
    for wrong in ({Role.PERSISTENCE: "7.7"}, {Role.VISIBILITY: "1.19"}):
        plan = declared("1.30.4", "1.31.2", "postgresql=15.4", "postgres12", good | wrong)
        steps = [step for hop in plan.hops for step in hop.steps if step.kind is StepKind.SCHEMA]
        assert {(step.role, step.to) for step in steps} >= {
            (Role.PERSISTENCE, "1.19"),
            (Role.VISIBILITY, "1.14"),
        }
        (role,) = wrong
        first = next(step for step in steps if step.role is role)
        assert f"no release has version {wrong[role]}" in first.note
