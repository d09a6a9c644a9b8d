"""Keys that no release has, and which one was meant."""

from __future__ import annotations

from pathlib import Path

from agent.config.document import Document, parse
from agent.config.temporal_files.known_keys import unknown_keys
from agent.config.temporal_files.yaml_tree import tree
from tests.laws import law


def unknown(text: str) -> list[str]:
    config = tree(parse(Document("server.yaml", plain=True), text))
    return [f"{node.place[-1]} {what}" for node, what in unknown_keys(config)]


@law(
    [
        ("persistance: {}", ["persistance is not a key of Temporal: did you mean `persistence`?"]),
        (
            "persistence: {datastores: {a: {sql: {userName: u}}}}",
            ["userName is not a key of Temporal: did you mean `user`?"],
        ),
        (
            "persistence: {datastores: {a: {sql: {tls: {сaFile: c}}}}}",  # noqa: RUF001
            ["сaFile is not a key of Temporal (it has Cyrillic letters): did you mean `caFile`?"],  # noqa: RUF001
        ),
        (
            "services: {frontend: {rpc: {grpcport: 1}}}",
            ["grpcport is not a key of Temporal: did you mean `grpcPort`?"],
        ),
        ("global: {tls: {frontend: {xyzzy: 1}}}", ["xyzzy is not a key of Temporal"]),
        (
            "clusterMetadata: {clusterInformation: {mine: {rpcAdress: a}}}",
            ["rpcAdress is not a key of Temporal: did you mean `rpcAddress`?"],
        ),
    ]
)
def test_a_misspelled_key_is_named_with_the_one_that_was_meant(text: str, what: list[str]) -> None:
    assert unknown(text) == what


@law(
    [
        "x-anchors: {a: 1}",
        "persistence: {datastores: {mine: {sql: {connectAttributes: {search_path: a}}}}}",
        "persistence: {datastores: {mine: {customDatastore: {options: {any: 1}}}}}",
        "global: {tls: {frontend: {hostOverrides: {any.host: {certFile: a}}}}}",
        "dynamicConfigClient: {filepath: a, pollInterval: 1s}",
    ]
)
def test_names_that_people_choose_are_not_reported(text: str) -> None:
    assert unknown(text) == []


@law(sorted((Path(__file__).parent / "good").glob("*.server")))
def test_every_key_of_real_files_is_known(path: Path) -> None:
    assert unknown(path.read_text()) == []
