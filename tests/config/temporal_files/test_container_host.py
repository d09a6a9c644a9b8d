"""Addresses in a server's file that only its own machine reaches."""

from __future__ import annotations

from agent.config.document import Document, parse
from agent.config.temporal_files.container_host import has_own_address
from agent.config.temporal_files.yaml_tree import tree
from tests.laws import law


@law(
    [
        ("127.0.0.1:7233", False),
        ("0.0.0.0:7233", False),
        ("[::1]:7233", False),
        ("localhost:7233", False),
        (":7233", False),
        ("", False),
        ("temporal.example:7233", True),
        ("10.0.0.1:7233", True),
    ]
)
def test_an_address_is_of_use_elsewhere_or_not(address: str, expected: bool) -> None:
    document = parse(Document("docker.yaml", plain=True), f"publicClient: {{hostPort: '{address}'}}")
    assert has_own_address(tree(document)) is expected
