"""Values as Temporal reads them from YAML, and several files as one."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.config.document import Document, parse
from agent.config.temporal_files.yaml_tree import YamlNode, merged, tree
from tests.laws import law


def read(text: str, file: str = "a.yaml") -> YamlNode:
    return tree(parse(Document(file, plain=True), text))


def plain(node: YamlNode) -> object:
    if node.children:
        return {key: plain(child) for key, child in node.children.items()}
    return [plain(item) for item in node.items] if node.items else node.text


@law(["0042", "1e3", "0x1F", "yes", "2026-01-01", "1:30", ".inf", "!!int 7x"])
def test_a_value_is_the_text_that_it_is_written_as(text: str) -> None:
    assert read(f"a: {text}")["a"].text == text.removeprefix("!!int ")


@pytest.mark.parametrize("text", ["", "~", "null", "Null"])
def test_null_has_no_text_and_does_not_exist(text: str) -> None:
    node = read(f"a: {text}")["a"]
    assert (node.text, node.is_there) == ("", False)


def test_an_empty_text_exists() -> None:
    assert read("a: ''")["a"].is_there


@pytest.mark.parametrize(
    ("text", "flag"), [("true", True), ("Yes", True), ("on", True), ("no", False), ("", False)]
)
def test_true_may_be_written_in_several_ways(text: str, flag: bool) -> None:
    assert read(f"a: {text}")["a"].flag is flag


@pytest.mark.parametrize(("text", "number"), [("7233", 7233), ("-1", 0), ("٣", 0), ("7" * 5000, 0), ("x", 0)])
def test_a_text_that_is_not_a_number_is_zero(text: str, number: int) -> None:
    assert read(f"a: '{text}'")["a"].number == number


def test_a_missing_value_has_the_place_where_it_would_be() -> None:
    node = read("a:\n  b: 1\n").at("a", "c", "d")
    assert (node.place, node.is_there, node.document.line(node.place)) == (("a", "c", "d"), False, 1)


def test_a_merge_key_adds_missing_keys() -> None:
    text = "x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\nz: {a: 0, <<: [*x, *y]}\nw: {<<: *y, b: 5}"
    assert plain(read(text)["z"]) == {"a": "0", "b": "2", "c": "4"}
    assert plain(read(text)["w"]) == {"b": "5", "c": "4"}


def test_a_merge_key_counts_as_often_as_it_is_used() -> None:
    lines = ["a0: &a0 {x: 1}"] + [f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}" for n in range(1, 40)]
    with pytest.raises(Exception, match="more than 500000 values"):
        read("\n".join(lines))


def test_of_two_files_the_second_wins_key_by_key() -> None:
    both = merged(read("a: {b: 1, c: 2}\nd: 3"), read("a: {c: 4, e: {}}\nd:\nf: [5]", "b.yaml"))
    assert plain(both) == {"a": {"b": "1", "c": "4", "e": ""}, "d": "3", "f": ["5"]}
    assert both.at("a", "b").document.file == "a.yaml"
    assert both.at("a", "c").document.file == "b.yaml"


def test_an_empty_value_in_the_second_file_removes_nothing() -> None:
    assert plain(merged(read("a: {b: 1}"), read("a: {}"))) == {"a": {"b": "1"}}


def test_entries_of_a_map_are_replaced_as_a_whole() -> None:
    one, other = read("datastores: {a: {b: 1, c: 2}, d: {e: 3}}"), read("datastores: {a: {b: 4}}")
    assert plain(merged(one, other, {"datastores"})) == {"datastores": {"a": {"b": "4"}, "d": {"e": "3"}}}


def test_relative_paths_are_relative_to_the_file() -> None:
    assert read("a: 1", "folder/a.yaml").folder == Path("folder").absolute()
