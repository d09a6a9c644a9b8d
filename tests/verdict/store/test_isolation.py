"""By which name a server sets the isolation level: known with Temporal's own file, else not."""

from __future__ import annotations

from dataclasses import replace

from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict import Judgement, ServerFile
from tests.building import check, judged, observation, subject
from tests.laws import law
from tests.verdict.store.test_prerequisites import MYSQL8, NEW, OLD, Settings, telling

MET = (Verdict.SUPPORTED, Reason.PREREQUISITES_MET)
REFUSED = (Verdict.UNSUPPORTED, Reason.ISOLATION_ATTRIBUTE_NEEDED)
NOT_KNOWN = (Verdict.UNKNOWN, Reason.ISOLATION_ATTRIBUTE_NEEDED)
NOTED = (Verdict.SUPPORTED, Reason.ISOLATION_ATTRIBUTE_NEEDED)
PERSISTENCE = Role.PERSISTENCE


def judgement(
    settings: Settings,
    attributes: tuple[str, ...] | None,
    *,
    version: str = "8.0.33",
    flavor: str = "",
    live: bool = False,
) -> Judgement:
    default = telling(settings, PERSISTENCE, "mysql", "1.19")
    assert default.facts is not None
    node = replace(default.facts.nodes[0], version=version)
    default = replace(default, facts=replace(default.facts, nodes=(node,), flavor=flavor))
    visibility = telling(NEW, Role.VISIBILITY, "mysql", "1.14")
    file = None if attributes is None else ServerFile(connect_attributes={PERSISTENCE: attributes})
    if live:
        on = replace(subject(MYSQL8, MYSQL8), server_file=file)
        return judged(observation(Role.SERVER, "1.31.2"), default, visibility, on=on)
    return judged(
        default, visibility, on=replace(subject(MYSQL8, MYSQL8), server_file=file, assumed="1.31.2")
    )


def answer(found: Judgement) -> tuple[Verdict, Reason]:
    result = check(found, PERSISTENCE, Check.PREREQUISITES)
    return result.verdict, result.reason


@law(
    [
        (NEW, None, MET, True),
        (NEW, (), MET, True),
        (NEW, ("transaction_isolation", "interpolateparams"), MET, True),
        (NEW, ("tx_isolation",), REFUSED, False),
        (OLD, None, NOT_KNOWN, None),
        (OLD, (), REFUSED, False),
        (OLD, ("transaction_isolation",), REFUSED, False),
        (OLD, ("interpolateparams",), REFUSED, False),
        (OLD, ("tx_isolation",), MET, True),
        (NEW | OLD, ("tx_isolation",), MET, True),
    ],
)
def test_the_server_starts_where_the_name_that_it_sets_exists(
    settings: Settings, attributes: tuple[str, ...] | None, expected: tuple[Verdict, Reason], starts: bool
) -> None:
    found = judgement(settings, attributes)
    assert answer(found) == expected
    assert found.start.would_start is starts
    if starts is not True:
        assert "connectAttributes" in found.start.message


def test_a_server_that_runs_on_it_has_the_attribute_unless_its_file_says_otherwise() -> None:
    found = judgement(OLD, None, live=True)
    assert answer(found) == (Verdict.SUPPORTED, Reason.ISOLATION_ATTRIBUTE_NEEDED)
    assert "connectAttributes" in check(found, PERSISTENCE, Check.PREREQUISITES).message
    assert found.start.would_start is True
    assert judgement(OLD, (), live=True).start.would_start is False


@law(
    [
        ("", "5.6", None, NOTED),
        ("", "5.6.14", None, NOTED),
        ("", "5.7.19", None, NOTED),
        ("", "5.7.19-log", (), REFUSED),
        ("", "5.7.19", ("tx_isolation",), MET),
        ("percona", "5.7.18-16", None, NOTED),
        ("mariadb", "10.11.6", None, NOTED),
        ("mariadb", "11.0.2", None, NOTED),
    ],
)
def test_without_a_network_the_version_says_which_name_there_is(
    flavor: str, version: str, attributes: tuple[str, ...] | None, expected: tuple[Verdict, Reason]
) -> None:
    found = judgement({}, attributes, version=version, flavor=flavor)
    assert answer(found) == expected
    assert found.start.would_start is {NOTED: None, REFUSED: False, MET: True}[expected]


@law(
    [
        ("", "5.7.20"),
        ("", "8.0.33"),
        ("", "5.7"),
        ("mariadb", "11"),
        ("mariadb", "11.1.2"),
        ("mariadb", "11.4.2"),
        ("aurora-mysql", "5.7.12"),
        ("tidb", "5.7.25"),
        ("", "no version"),
    ],
)
def test_a_version_that_has_the_new_name_or_does_not_settle_it_has_no_entry(
    flavor: str, version: str
) -> None:
    found = judgement({}, None, version=version, flavor=flavor)
    checks = [(result.role, result.check) for result in found.results]
    assert (PERSISTENCE, Check.PREREQUISITES) not in checks
