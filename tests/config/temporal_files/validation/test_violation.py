"""Numbers and durations as Go reads them, and where a violation is."""

from __future__ import annotations

from agent.config.document import Document, parse
from agent.config.temporal_files.validation import find_violations
from agent.config.temporal_files.validation.violation import number, seconds
from agent.config.temporal_files.yaml_tree import YamlNode, tree
from tests.config.temporal_files.validation import GOOD, broken
from tests.laws import law


def _node(text: str) -> YamlNode:
    return YamlNode(Document("server.yaml"), text=text)


@law(
    [("", 0), ("4", 4), ("-4", -4), ("0x10", 16), ("1_000", 1000), ("010", 10), ("four", None), ("4s", None)]
)
def test_a_number_is_read_as_go_reads_it(text: str, value: int | None) -> None:
    assert number(_node(text)) == value


@law(
    [
        ("", 0),
        ("0", 0),
        ("30s", 30),
        ("1h30m", 5400),
        ("1.5s", 1.5),
        ("500ms", 0.5),
        ("30", None),
        ("s", None),
    ]
)
def test_a_duration_is_read_as_go_reads_it(text: str, value: float | None) -> None:
    assert seconds(_node(text)) == value


def test_a_good_file_breaks_no_rule() -> None:
    assert broken(GOOD) == []


def test_an_excerpt_lacks_what_is_elsewhere() -> None:
    excerpt = "services: {frontend: {rpc: {grpcPort: 7233}}}\nclusterMetadata: {currentClusterName: active}\n"
    assert broken(excerpt) == []


def test_a_violation_says_where_it_is_and_what_is_wrong() -> None:
    text = GOOD.replace("numHistoryShards: 4", "numHistoryShards: 0")
    (violation,) = find_violations(tree(parse(Document("/etc/docker.yaml", plain=True), text)))
    assert violation.found == "persistence.numHistoryShards is 0"


def test_nothing_is_known_about_a_placeholder() -> None:
    for old in ("pluginName: postgres12", 'connectAddr: "db:5432"', 'hostPort: "frontend:7233"'):
        key = old.partition(":")[0]
        assert broken(GOOD.replace(old, f'{key}: "${{NOT_FILLED_IN}}"', 1)) == []
