"""The document of a plan: every format says the same of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from agent.matrix import Matrix
from agent.model.vocabulary import Reason, Role
from agent.reports import plan as report
from agent.reports.plan_document import Rollback, plan_document
from agent.upgrade import Plan, Toolbox, plan_upgrade
from agent.verdict import StoreSpec
from agent.web.pages import Pages
from tests.building import MATRIX, NOW, observation, only, replica, subject
from tests.laws import law
from tests.reports.test_plan import blocked, free, planned
from tests.upgrade.building import same
from tests.web.samples import STATE, behind
from tests.web.tags import Tags

SERVER, PERSISTENCE, VISIBILITY = Role.SERVER, Role.PERSISTENCE, Role.VISIBILITY
POSTGRES = StoreSpec("postgresql", "postgres")


def observed(
    target: str,
    *servers: str,
    persistence: str = "1.18",
    visibility: str = "1.13",
    database: str = "15.4",
    spec: StoreSpec | None = None,
    matrix: Matrix = MATRIX,
) -> Plan:
    spec = spec or StoreSpec("postgresql", "postgres12")
    seen = (
        *(replica(version, name=version) for version in servers),
        observation(PERSISTENCE, database, schema=persistence),
        observation(VISIBILITY, database, schema=visibility),
    )
    on = subject(spec, spec, sees_replicas=True)
    return plan_upgrade(matrix, on, seen, NOW, target, Toolbox())


def with_a_schema_step() -> Plan:
    return observed("1.31.2", "1.30.6", matrix=only("1.30.6", "1.31.2"))


def without_a_schema_step() -> Plan:
    return observed("1.28.4", "1.28.0", persistence="1.17", visibility="1.9")


def repair() -> Plan:
    return observed("1.30.6", "1.30.6", visibility="1.9")


def configuration_only() -> Plan:
    """The plugin can change on the running release, before the next one drops it."""
    return observed("1.24.3", "1.23.1", persistence="1.11", visibility="1.4", database="13.4", spec=POSTGRES)


def rollback() -> Plan:
    return observed("1.29.7", "1.30.6")


def mixed() -> Plan:
    return observed("1.30.6", "1.30.6", "1.31.2", persistence="1.19", visibility="1.14")


def blocked_as_a_whole() -> Plan:
    return observed("1.31.2", "1.29.7", "1.31.2")


def nothing() -> Plan:
    return observed("1.30.6", "1.30.6")


PLANS: dict[str, Callable[[], Plan]] = {
    each.__name__: each
    for each in (
        free,
        blocked,
        with_a_schema_step,
        without_a_schema_step,
        repair,
        configuration_only,
        rollback,
        mixed,
        blocked_as_a_whole,
        nothing,
    )
}
#: What each hop says of rollback.
ROLLBACKS = {
    "free": ["possible", "possible"],
    "blocked": ["possible", "possible", "not known to be possible"],
    "with_a_schema_step": ["possible"],
    "without_a_schema_step": ["possible"],
    "repair": ["nothing to roll back"],
    "configuration_only": ["nothing to roll back", "possible"],
    "rollback": ["possible"],
    "mixed": ["not known to be possible"],
    "nothing": [],
}


def words(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def page(plan: Plan) -> str:
    """The text of the plan's part of a cluster's page."""
    whole = words(Tags(Pages().cluster(behind(), STATE, plan, plan.target, "")).text)
    begin = whole.index(f"Temporal {plan.start} to {plan.target}")
    return whole[begin : whole.index("End of life", begin)]


FORMATS = {
    "text": report.as_text,
    "markdown": report.as_markdown,
    "shell": report.as_shell,
    "page": page,
}
SENTENCES = re.compile(
    r"You can roll back to [\d.]+ until the next hop|Rollback from here is not known|Nothing to roll back"
)


def test_the_hop_that_only_changes_configuration_has_no_schema_step() -> None:
    first, *_ = configuration_only().hops
    assert [step.kind for step in first.steps] == ["configuration", "configuration", "server", "observe"]


@law(ROLLBACKS)
def test_each_hop_of_a_plan_has_whether_it_can_be_rolled_back(name: str) -> None:
    assert [hop.rollback for hop in plan_document(PLANS[name]()).hops] == ROLLBACKS[name]


@law(PLANS)
def test_every_format_says_the_same_of_rollback(name: str) -> None:
    plan = PLANS[name]()
    hops = plan_document(plan).hops
    for form, write in FORMATS.items():
        text = words(write(plan))
        assert SENTENCES.findall(text) == [SENTENCES.findall(hop.rollback_text)[0] for hop in hops], form
        assert all(hop.rollback_text in text for hop in hops), form
    for hop, written in zip(hops, json.loads(report.as_json(plan))["hops"], strict=True):
        back_to = written["back_to"]
        assert (back_to is None) is (hop.rollback is Rollback.NOT_KNOWN)
        assert (back_to == written["release"]) is (hop.rollback is Rollback.NOTHING)
        assert (
            hop.rollback is not Rollback.POSSIBLE
            or f"You can roll back to {back_to} until" in hop.rollback_text
        )


@law(PLANS)
def test_every_format_counts_hops_steps_and_blockers_the_same(name: str) -> None:
    plan = PLANS[name]()
    document = plan_document(plan)
    for form, write in FORMATS.items():
        assert document.summary in words(write(plan)), form
    told = json.loads(report.as_json(plan))
    steps = sum(len(hop["steps"]) for hop in told["hops"])
    counts = (len(told["hops"]), steps, len(told["blockers"]))
    assert counts == (len(plan.hops), len(plan.steps), len(plan.blockers))
    assert [int(number) for number in re.findall(r"\d+", document.summary)] == [n for n in counts if n]


@law(PLANS)
def test_every_format_has_each_blocker_and_names_the_hops_that_it_still_blocks(name: str) -> None:
    plan = PLANS[name]()
    document = plan_document(plan)
    for form in ("text", "markdown", "page"):
        text = words(FORMATS[form](plan))
        for blocker in document.blockers:
            assert text.count(blocker.message) == 1, form
        for hop in document.hops:
            assert hop.block_status.lower() in text.lower(), form
    assert [b for hop in document.hops for b in hop.new_blockers] == list(document.blockers)


@law(PLANS)
def test_every_format_has_the_advice_before_the_first_hop(name: str) -> None:
    plan = PLANS[name]()
    for form in ("text", "markdown", "page"):
        text = words(FORMATS[form](plan))
        assert all(advice in text for advice in plan_document(plan).advice), form


def test_a_blocker_of_the_plan_as_a_whole_is_one_of_its_first_hop() -> None:
    first, *_ = plan_document(blocked_as_a_whole()).hops
    assert first.new_blockers[0].reason is Reason.MINOR_SKIPPED


def test_each_format_has_the_fixed_releases_of_each_critical_warning_of_each_hop() -> None:
    plan = planned(same("postgresql=13.4", "postgres12"), "1.25.2", "1.26.2", Toolbox())
    hop = plan_document(plan).hops[-1]
    assert {each.id for each in hop.new_advisories} == {"CVE-2026-5724", "CVE-2026-87858"}
    for write in (report.as_text, report.as_markdown, report.as_shell):
        for each in hop.new_advisories:
            assert f"Fixed in {', '.join(each.fixed_in)}." in write(plan)


def test_a_target_that_is_broken_names_the_release_that_mends_it() -> None:
    plan = planned(same("postgresql=13.4", "postgres12"), "1.25.2", "1.26.0", Toolbox())
    assert plan.blockers
    assert "Fixed in 1.26.1." in report.as_text(plan)
