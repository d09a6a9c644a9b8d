"""Values that have to be there, and values of the wrong type."""

from __future__ import annotations

from agent.config.document import Document
from agent.config.environment.variables import ContainerEnvironment, ContainerVariable
from agent.config.temporal_files.image_config import image_config
from agent.config.temporal_files.image_settings import NEWEST
from agent.config.temporal_files.validation.values import value_violations
from agent.model.file_rules import FileRule
from tests.config.temporal_files.validation import changed
from tests.laws import law


@law(
    [
        ("numHistoryShards: 4", "numHistoryShards: 0", [FileRule.VALUE_MISSING]),
        ("  numHistoryShards: 4\n", "", [FileRule.VALUE_MISSING]),
        ("numHistoryShards: 4", "numHistoryShards: 0x10", []),
        ("numHistoryShards: 4", "numHistoryShards: four", [FileRule.VALUE_TYPE]),
        # 1.8.2, 1.24.2 and 1.31.2: "cannot unmarshal !!str `4` into int32".
        ("numHistoryShards: 4", "numHistoryShards: '4'", [FileRule.VALUE_TYPE]),
        ("stdout: true", 'stdout: "true"', [FileRule.VALUE_TYPE]),
        ("stdout: true", 'stdout: "yes"', []),
        ("maxJoinDuration: 30s", "maxJoinDuration: '30s'", []),
        (", connectProtocol: tcp", "", [FileRule.VALUE_MISSING]),
        ("maxJoinDuration: 30s", "maxJoinDuration: 30", [FileRule.DURATION_WITHOUT_UNIT]),
        ("maxJoinDuration: 30s", "maxJoinDuration: 1h30m", []),
        ("maxJoinDuration: 30s", "maxJoinDuration: soon", [FileRule.VALUE_TYPE]),
        ("stdout: true", "stdout: sometimes", [FileRule.VALUE_TYPE]),
        ("stdout: true", "stdout: on", []),
    ]
)
def test_a_value_must_be_there_and_of_its_type(old: str, new: str, rules: list[FileRule]) -> None:
    assert changed(old, new) == rules


def test_a_variable_that_makes_the_rendered_file_invalid_is_reported_once() -> None:
    given = {"DB": "postgres12", "POSTGRES_SEEDS": "pg", "POSTGRES_PWD": 'a"b'}
    document = Document("x.env")
    variables = {name: ContainerVariable(text, document, (name,), text) for name, text in given.items()}
    config = image_config(ContainerEnvironment(variables, document, ()), NEWEST)
    (found,) = (each for each in value_violations(config) if each.node.fault)
    assert found.rule is FileRule.VALUE_TYPE
    assert found.found.startswith("POSTGRES_PWD contains")
