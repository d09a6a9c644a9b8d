"""Paths as `helm --set` has them."""

from __future__ import annotations

from typing import Any

from agent.config.document import Document, parse
from agent.config.temporal_files.single_values import with_value
from agent.config.temporal_files.yaml_tree import plain, tree
from tests.laws import law

VALUES = "a: {b: old, c: kept}\nlist: [one, two]\n"


def values(text: str) -> Any:
    return tree(parse(Document("values.yaml", plain=True), text))


@law(
    [
        ("a.b", "new", {"a": {"b": "new", "c": "kept"}}),
        ("a.b.d", "new", {"a": {"b": {"d": "new"}, "c": "kept"}}),
        ("x.y", "new", {"x": {"y": "new"}}),
        (r"x\.y", "new", {"x.y": "new"}),
        ("list[1]", "new", {"list": ("one", "new")}),
        ("list[2].n", "new", {"list": ("one", "two", {"n": "new"})}),
        ("hosts", "{c1, c2}", {"hosts": ("c1", "c2")}),
        ("a.b", "null", {"a": {"b": None, "c": "kept"}}),
        ("a.b", "{{ template }}", {"a": {"b": "{{ template }}", "c": "kept"}}),
        # No paths of Helm.
        ("", "new", {}),
        ("a..b", "new", {}),
        ("[1]", "new", {}),
        ("list[999]", "new", {}),
    ]
)
def test_one_value_is_set_at_its_path(path: str, text: str, changed: dict[str, Any]) -> None:
    value = values(f"value: '{text}'")["value"]
    before = plain(values(VALUES))
    assert plain(with_value(values(VALUES), path, value)) == before | changed


def test_the_origin_of_the_value_stays() -> None:
    value = values("other: x\nvalue: new")["value"]
    node = with_value(values(VALUES), "a.b", value).at("a", "b")
    assert node.document.line(node.place) == 2
