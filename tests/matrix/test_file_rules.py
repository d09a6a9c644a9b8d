"""What releases refuse in the server's own file: every rule has a record, with its releases and a source."""

from __future__ import annotations

from agent.matrix.file_rules import read_file_rules, rule_of
from agent.model.file_rules import FileRule
from tests.building import MATRIX
from tests.laws import law


@law(FileRule)
def test_every_rule_has_one_record_with_what_to_do_and_a_source(rule: FileRule) -> None:
    (record,) = (each for each in MATRIX.file_rules if each.rule is rule)
    assert record.cure
    assert record.source
    assert any(record.applies_to(release) for release in MATRIX.releases.all)


@law(
    [
        (FileRule.AUTHORIZER_UNKNOWN, "1.17.6", False),
        (FileRule.AUTHORIZER_UNKNOWN, "1.18.0", True),
        (FileRule.PUBLIC_CLIENT_MISSING, "1.17.6", True),
        (FileRule.PUBLIC_CLIENT_MISSING, "1.18.0", False),
        (FileRule.PASSWORD_TWICE, "1.30.4", False),
        (FileRule.PASSWORD_TWICE, "1.31.0", True),
        (FileRule.SEARCH_STORE_UNDEFINED, "1.24.2", True),
        (FileRule.SEARCH_STORE_UNDEFINED, "1.25.0", False),
    ]
)
def test_a_rule_holds_for_its_releases_alone(rule: FileRule, release: str, refuses: bool) -> None:
    record, named = rule_of(MATRIX.file_rules, rule), MATRIX.releases.named(release)
    assert record is not None
    assert named is not None
    assert record.applies_to(named) is refuses


def test_a_rule_of_a_newer_matrix_is_left_out() -> None:
    entry = {"rule": "of_tomorrow", "releases": ">=1.0.0", "cure": "c", "source": "s"}
    assert read_file_rules({"rules": [entry]}) == ()
