"""The words of catalogues: what differs between versions of a store goes, what matters stays."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.model.observation import Failure
from agent.model.vocabulary import Reason
from agent.probes.catalog import cassandra, mysql, postgresql, postgresql_start
from agent.probes.catalog.normalize import MAX_ROWS, expression, shape
from tests.laws import law


@law(
    [
        # PostgreSQL, with and without the schema in the search path.
        ("((search_attributes ->> 'Keyword01'::text))", "search_attributes->>'Keyword01'"),
        (
            "public.convert_ts(((search_attributes ->> 'D'::text))::character varying)",
            "convert_ts search_attributes->>'D'::character varying",
        ),
        ('"Own Schema".convert_ts(x)', "convert_ts x"),
        (
            "COALESCE(t, '9999-12-31 23:59:59'::timestamp without time zone)",
            "coalesce t,'9999-12-31 23:59:59'",
        ),
        ("((search_attributes -> 'Int01'::text))::bigint", "search_attributes->'Int01'::bigint"),
        # MySQL and MariaDB.
        ("json_extract(`search_attributes`,_utf8mb4'$.Int01')", "json_extract search_attributes,'$.Int01'"),
        ("JSON_EXTRACT( `search_attributes` , '$.Int01' )", "json_extract search_attributes,'$.Int01'"),
        ("cast(`a` as char(255) array)", "cast a as char 255 array"),
        ("a  AND\n b", "a and b"),
        ("", ""),
    ],
)
def test_one_expression_is_normalized_to_the_same_words_in_every_spelling(written: str, words: str) -> None:
    assert expression(written) == words


def test_literals_stay_as_they_are() -> None:
    assert expression("F('A (b)  \"c\" , ::text -> _x', 'D''E')") == "f 'A (b)  \"c\" , ::text -> _x','D''E'"


@given(st.text(max_size=200))
def test_normalizing_any_text_never_adds_words(text: str) -> None:
    # Small letters of one that is large may be two.
    assert len(expression(text)) <= len(text.lower())


def pg_column(table: str, name: str, text: str | None = None) -> tuple[Any, ...]:
    return "column", table, name, "integer", True, text, True


def test_postgresql_s_rows_are_columns_and_indexes() -> None:
    definition = 'CREATE UNIQUE INDEX "a b" ON public."T" USING btree (x, COALESCE(y, 1) DESC) WHERE (x > 0)'
    rows = [
        pg_column("t", "x"),
        pg_column("t", "y", "(x + 1)"),
        ("index", "t", "i", "", True, definition, True),
        ("index", "t", "j", "", False, "CREATE INDEX j ON t USING gin (x) WITH (fastupdate='off')", False),
    ]
    found = postgresql.read(rows)
    assert found.columns == {"t.x": "integer not null", "t.y": "integer not null as x+1"}
    assert found.indexes == {"t.i": "unique btree x,coalesce y,1 desc where x>0", "t.j": "gin x"}
    assert found.invalid == {"t.j"}


def my_column(name: str, type_: str = "int(11)", **more: Any) -> dict[str, Any]:
    return {"table_name": "T", "column_name": name, "column_type": type_, "is_nullable": "NO", **more}


def my_part(name: str | None, **more: Any) -> dict[str, Any]:
    return {"table_name": "t", "index_name": "i", "non_unique": 1, "column_name": name, **more}


def test_mysql_s_rows_are_columns_and_indexes() -> None:
    columns = [
        my_column("A"),
        my_column("b", "longtext", is_nullable="YES"),
        my_column("c", "JSON", generation_expression="json_extract(`x`,_utf8mb4\\'$.C\\')"),
    ]
    indexes = [
        my_part("A", non_unique=0, is_visible="NO"),
        my_part(None, expression="(`b` + 1)", non_unique=0, is_visible="NO"),
        my_part("b", index_name="j", ignored="YES"),
        my_part("c", index_name="k"),
    ]
    found = mysql.read(columns, indexes, 1, "agent")
    assert found.columns == {
        "t.a": "int not null",
        "t.b": "json",
        "t.c": "json not null as json_extract x,'$.C'",
    }
    assert found.indexes == {"t.i": "unique a,b+1", "t.j": "b", "t.k": "c"}
    assert found.invalid == {"t.i", "t.j"}
    assert found.hidden is None


def test_a_mysql_user_without_a_right_on_the_database_may_not_see_all() -> None:
    hidden = mysql.read([my_column("a")], [], 0, "agent").hidden
    assert hidden is not None
    assert hidden.reason is Reason.PERMISSION_DENIED
    assert "GRANT REFERENCES" in hidden.text


def test_cassandra_s_rows_are_columns_with_their_keys_and_types_as_tables() -> None:
    def column(name: str, kind: str, position: int, order: str = "none") -> dict[str, Any]:
        return {
            "table_name": "t",
            "column_name": name,
            "type": "blob",
            "kind": kind,
            "position": position,
            "clustering_order": order,
        }

    columns = [
        column("a", "partition_key", 0),
        column("b", "clustering", 0, "DESC"),
        column("c", "regular", -1),
        column("d", "static", -1),
    ]
    indexes = [{"table_name": "t", "index_name": "i", "kind": "COMPOSITES", "options": in_cql("target", "c")}]
    types = [{"type_name": "u", "field_names": in_cql("x"), "field_types": in_cql("frozen<V>")}]
    found = cassandra.read(columns, indexes, types)
    assert found.columns == {
        "t.a": "blob partition_key 0",
        "t.b": "blob clustering 0 desc",
        "t.c": "blob",
        "t.d": "blob static",
        "type u.x": "frozen<v>",
    }
    assert found.indexes == {"t.i": "COMPOSITES c"}


def in_cql(*texts: str) -> bytes:
    """A list, or a map's keys and values, as the protocol writes it; nobody looks at the count."""
    parts = [text.encode() for text in texts]
    return bytes(4) + b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def test_the_texts_of_a_list_are_read() -> None:
    assert cassandra.texts(in_cql("a", "", "ü")) == ["a", "", "ü"]
    assert cassandra.texts(in_cql()) == cassandra.texts(None) == cassandra.texts(b"") == []


@given(st.binary(max_size=200))
def test_a_wrong_value_in_place_of_a_list_affects_only_that_list(written: bytes) -> None:
    assert len(cassandra.texts(written)) <= len(written) / 4


def test_a_catalogue_is_bounded_in_rows_and_in_bytes() -> None:
    many = postgresql.read([pg_column("t", f"c{n}") for n in range(MAX_ROWS + 1)])
    large = shape({f"t.c{n}": "x" * 1_000 for n in range(1_001)}, {}, rows=1_001)
    for found in (many, large):
        assert found.problem is not None
        assert found.problem.reason is Reason.ANSWER_TOO_LARGE
        assert not found.columns
    assert postgresql.read([pg_column("t", f"c{n}") for n in range(MAX_ROWS)]).problem is None


def test_what_is_hidden_is_handed_on() -> None:
    denied = Failure(Reason.PERMISSION_DENIED, "no")
    assert shape({}, {}, rows=0, hidden=denied).hidden == denied


@pytest.mark.parametrize("names", [["namespaces"], [f"t{i}" for i in range(MAX_ROWS)] + ["schema_version"]])
def test_which_tables_are_missing_is_not_known_from_a_catalogue_that_may_have_more(names: list[str]) -> None:
    assert postgresql_start.read((False, False, "the server", names))[1] is None
    assert mysql.read_tables((name, 1) for name in names) is None
    assert cassandra.read_tables({"table_name": name} for name in names) is None


def test_all_tables_of_a_catalogue_are_known_by_their_names() -> None:
    names, known = ["namespaces", "schema_version"], frozenset({"namespaces", "schema_version"})
    assert postgresql_start.read((False, False, "the server", names))[1] == known
    assert mysql.read_tables((name, 1) for name in names) == known
    assert cassandra.read_tables({"table_name": name} for name in names) == known
    # MySQL shows only the tables that the user may do something with.
    assert mysql.read_tables((name, 0) for name in names) is None


def test_a_default_that_the_agents_own_role_overrides_is_not_a_setting() -> None:
    assert postgresql_start.read((True, None, None, ["schema_version"]))[0] == {"in_recovery": "on"}
    assert postgresql_start.read((False, True, "the database", []))[0] == {
        "in_recovery": "off",
        "default_transaction_read_only": "on",
        "read_only_for": "the database",
    }


@law(
    [
        ("9.7.4-2", "(Debian)", "9.7.4"),
        ("8.0.36-28", "Percona Server (GPL), Release 28, Revision 47601f19", "8.0.36-28"),
        ("8.0.36-0ubuntu0.22.04.1", "(Ubuntu)", "8.0.36-0ubuntu0.22.04.1"),
        ("8.0.36", "MySQL Community Server - GPL", "8.0.36"),
        ("9.7.4-2", "", "9.7.4-2"),
    ]
)
def test_only_the_revision_of_debian_s_own_package_is_left_out(version: str, comment: str, left: str) -> None:
    assert mysql.without_revision(version, comment) == left
