"""The check `schema` by the tables: different, partly applied and unknown parts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.matrix.shapes import Part
from agent.model.observation import Failure, Observation, SchemaCatalog
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict import Judgement, StoreSpec
from agent.verdict.store.schema_diff import differences, index_columns, is_on_the_way
from tests.building import MATRIX, POSTGRESQL, check, healthy, judged_live, observation, subject
from tests.laws import law
from tests.shapes import made

EXPECTED = {shape.version.raw: shape for shape in MATRIX.shapes.of("postgresql", Role.PERSISTENCE)}
DENIED = Failure(Reason.PERMISSION_DENIED, "agent may not see all")
EXECUTIONS = ("column", "executions.shard_id")


def parts(version: str) -> dict[Part, str]:
    return {part: next(iter(sorted(filter(None, told)))) for part, told in EXPECTED[version].parts.items()}


def without(given: dict[Part, str], *gone: str) -> dict[Part, str]:
    """All but these tables, or parts by `table.name`."""
    return {
        part: text
        for part, text in given.items()
        if part[1] not in gone and part[1].rpartition(".")[0] not in gone
    }


def judgement(
    shape: SchemaCatalog | None,
    row: str = "1.19",
    server: str = "1.31.2",
    flavor: str = "",
    component: str = "",
) -> Judgement:
    """Temporal on a persistence store with this row and these tables."""
    spec = StoreSpec(component or "postgresql", POSTGRESQL.plugin if not component else "")
    store = observation(Role.PERSISTENCE, "15.4", component=component, schema=row, flavor=flavor)
    assert store.facts is not None
    looked_at: Observation = replace(store, facts=replace(store.facts, shape=shape))
    running = observation(Role.SERVER, server) if server else observation(Role.SERVER)
    return judged_live(running, looked_at, healthy()[2], on=subject(spec, POSTGRESQL))


def of_schema(given: Judgement) -> tuple[Verdict, Reason]:
    result = check(given, Role.PERSISTENCE, Check.SCHEMA)
    return result.verdict, result.reason


def message(given: Judgement) -> str:
    return check(given, Role.PERSISTENCE, Check.SCHEMA).message


DIFFERS = (Verdict.UNSUPPORTED, Reason.SCHEMA_DIFFERS)
CURRENT = (Verdict.SUPPORTED, Reason.SCHEMA_CURRENT)


def test_tables_that_match_change_nothing() -> None:
    assert judgement(made(parts("1.19"))) == replace(
        judgement(None), fresh=judgement(made(parts("1.19"))).fresh
    )


def test_without_an_answer_or_a_known_release_there_is_no_finding() -> None:
    nothing = made({})
    assert of_schema(judgement(None)) == CURRENT
    # A version that the matrix has no shape of.
    assert of_schema(judgement(nothing, row="1.20")) == (Verdict.SUPPORTED, Reason.SCHEMA_AHEAD)
    for flavor in ("yugabytedb", "of nobody"):
        assert of_schema(judgement(nothing, flavor=flavor)) == CURRENT


def test_a_missing_part_is_unsupported_and_does_not_change_would_start() -> None:
    given = judgement(made(without(parts("1.19"), "executions")))
    assert of_schema(given) == DIFFERS
    assert "schema_version says 1.19, but the tables differ: missing table executions. " in message(given)
    assert given.verdict is Verdict.UNSUPPORTED
    assert given.start == judgement(None).start
    assert given.start.would_start is True


def test_the_first_few_are_named_and_the_rest_counted() -> None:
    gone = [part[1] for part in EXPECTED["1.19"].needed if part[1].startswith(("queue.", "shards."))]
    kept = {"queue.queue_type", "shards.shard_id"}
    text = message(judgement(made(without(parts("1.19"), *(set(gone) - kept)))))
    assert f"of shards and {len(gone) - len(kept) - 5} more" in text


@pytest.mark.parametrize("older", ["1.0", "1.8", "1.18"])
def test_a_row_that_is_ahead_of_the_tables_is_reported_what_they_look_like(older: str) -> None:
    text = message(judgement(made(parts(older))))
    assert f"they match {older}" in text
    assert "Set that version in schema_version" in text


def test_no_table_at_all_is_only_a_claim() -> None:
    text = message(judgement(made({("column", "reports.id"): "integer"})))
    assert "all of its 38 tables are missing" in text
    assert "Set the version in schema_version to 0.0" in text


def test_another_definition_is_reported_with_what_it_should_be() -> None:
    text = message(judgement(made({**parts("1.19"), EXECUTIONS: "text"})))
    assert "column shard_id of executions is 'text', not 'integer not null'" in text


def test_an_unexpected_index_is_a_difference_unless_the_user_added_it() -> None:
    index = next(part[1] for part in EXPECTED["1.19"].needed if part[0] == "index")
    given = judgement(made(parts("1.19"), invalid=[index]))
    assert of_schema(given) == DIFFERS
    assert "invalid index" in message(given)
    assert "Drop the invalid indexes" in message(given)
    assert of_schema(judgement(made(parts("1.19"), invalid=["executions.of_our_own"]))) == CURRENT


def test_additional_columns_and_indexes_never_count() -> None:
    own = {("column", "executions.customer"): "text", ("index", "executions.by_customer"): "btree customer"}
    of_an_older_version = {("column", "cluster_metadata.immutable_data"): "bytea not null"}
    given = judgement(made({**parts("1.19"), **own, **of_an_older_version}))
    assert of_schema(given) == CURRENT
    assert given.remarks == ()


def test_parts_of_a_later_version_are_a_remark() -> None:
    new = EXPECTED["1.19"].needed - EXPECTED["1.18"].parts.keys()
    begun = {part: parts("1.19")[part] for part in sorted(new)[:1]}
    given = judgement(made({**parts("1.18"), **begun}), row="1.18", server="1.30.0")
    assert of_schema(given) == CURRENT
    (remark,) = given.remarks
    assert (remark.check, remark.verdict, remark.reason) == (
        Check.SCHEMA,
        Verdict.SUPPORTED,
        Reason.SCHEMA_STEP_BEGUN,
    )
    assert "schema_version says 1.18, but parts of 1.19 exist already" in remark.message
    assert remark in given.findings
    # A column of one's own that has the name of a later one, and is another.
    (part,) = begun
    assert judgement(made({**parts("1.18"), part: "point"}), row="1.18", server="1.30.0").remarks == ()


@pytest.mark.parametrize(
    ("role", "row"), [(Role.PERSISTENCE, "1.3"), (Role.VISIBILITY, "1.1"), (Role.PERSISTENCE, "1.12")]
)
def test_what_the_next_step_takes_away_first_is_a_step_that_has_begun(role: Role, row: str) -> None:
    """Before it brings anything: whatever of it has been done, it is the same finding."""
    known = MATRIX.shapes.of("postgresql", role)
    place = [shape.version.raw for shape in known].index(row)
    before, after = known[place], known[place + 1]
    taken = before.needed - after.parts.keys()
    assert taken
    held = made({part: max(filter(None, before.parts[part])) for part in before.needed - taken})
    assert differences(before, held).missing
    assert is_on_the_way(differences(before, held), after)
    less = made({part: max(filter(None, before.parts[part])) for part in sorted(before.needed - taken)[1:]})
    assert not is_on_the_way(differences(before, less), after)


def test_what_is_behind_stays_so_and_says_what_differs_besides() -> None:
    given = judgement(made(parts("1.8")), row="1.18")
    assert of_schema(given) == (Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND)
    assert "; besides, schema_version says 1.18, but the tables differ" in message(given)
    assert given.start.would_start is False


def test_without_a_server_the_tables_are_compared_with_the_row_all_the_same() -> None:
    assert of_schema(judgement(made(parts("1.19")), server="")) == (Verdict.UNKNOWN, Reason.SERVER_UNKNOWN)
    assert of_schema(judgement(made(parts("1.18")), server="")) == DIFFERS


def test_objects_that_may_be_hidden_are_unknown_and_not_a_finding() -> None:
    seen = without(parts("1.19"), "executions", "shards")
    given = judgement(made(seen, hidden=DENIED))
    assert of_schema(given) == (Verdict.UNKNOWN, Reason.PERMISSION_DENIED)
    assert "agent may not see all" in message(given)
    assert given.start.would_start is True
    # What is seen is certain, and where all is seen nothing is hidden.
    assert (
        of_schema(judgement(made({**seen, ("column", "queue.message_id"): "text"}, hidden=DENIED))) == DIFFERS
    )
    assert of_schema(judgement(made(parts("1.19"), hidden=DENIED))) == CURRENT


def test_a_catalogue_that_cannot_be_read_is_unknown_with_its_reason() -> None:
    problem = Failure(Reason.ANSWER_TOO_LARGE, "too many")
    given = judgement(SchemaCatalog({}, {}, problem=problem))
    assert of_schema(given) == (Verdict.UNKNOWN, Reason.ANSWER_TOO_LARGE)
    assert given.start.would_start is True
    behind = judgement(SchemaCatalog({}, {}, problem=problem), row="1.18")
    assert of_schema(behind) == (Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND)


@law(
    [
        ("btree a,b where c is not null", "btree a,b", True),
        ("btree a,b include c", "btree a,b", True),
        ("gin a,b jsonb_path_ops", "btree a,b", True),
        ("hash a", "btree a", True),
        ("CUSTOM close_time", "COMPOSITES close_time", True),
        ("btree b,a", "btree a,b", False),
        ("btree a", "btree a,b", False),
        ("btree a desc", "btree a", False),
    ]
)
def test_the_columns_of_an_index_are_what_a_query_needs(actual: str, expected: str, same: bool) -> None:
    assert (index_columns(actual) == index_columns(expected)) is same
