"""What the next patch and the next minor ask for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from agent.matrix import Release
from agent.matrix.release import Releases
from agent.model.observation import Observation
from agent.model.versions import parse_temporal
from agent.model.vocabulary import Reason, Role
from agent.reports.plan_document import plan_document
from agent.upgrade import Outlook, StepKind, Toolbox, outlook, plan_upgrade
from agent.verdict import ClusterSpec, StoreSpec
from tests.building import MATRIX, NOW, TIMEOUT, healthy, observation, replica, subject


def ahead(version: str, persistence: str, visibility: str) -> dict[str, Outlook]:
    seen = (
        observation(Role.SERVER, version),
        observation(Role.PERSISTENCE, "15.4", schema=persistence),
        observation(Role.VISIBILITY, "15.4", schema=visibility),
    )
    found = outlook(MATRIX, subject(), seen, NOW)
    assert len({o.level for o in found}) == len(found)
    return {o.level: o for o in found}


def test_the_next_patch_and_the_next_minor_are_judged() -> None:
    found = ahead("1.27.2", "1.16", "1.9")
    assert found["patch"] == Outlook("patch", "1.27.4", blockers=0, schema_steps=0, steps=2)
    # By way of 1.27.4: its server, then one schema, the server, and a pause after each.
    assert found["minor"] == Outlook("minor", "1.28.4", blockers=0, schema_steps=1, steps=6)


def test_with_the_newest_patch_running_there_is_no_patch_level() -> None:
    assert set(ahead("1.28.4", "1.17", "1.9")) == {"minor"}


def test_the_next_patch_is_there_although_it_was_not_read() -> None:
    unread = Release(parse_temporal("1.28.99"), "1.28.99", "somewhere", was_read=False)
    matrix = replace(MATRIX, releases=Releases((*MATRIX.releases.all, unread)))
    seen = (
        observation(Role.SERVER, "1.28.4"),
        observation(Role.PERSISTENCE, "15.4", schema="1.17"),
        observation(Role.VISIBILITY, "15.4", schema="1.9"),
    )
    found = {each.level: each.release for each in outlook(matrix, subject(), seen, NOW)}
    assert found["patch"] == "1.28.99"


def test_a_schema_that_is_behind_already_counts_on_the_way() -> None:
    assert ahead("1.28.4", "1.16", "1.9")["minor"].schema_steps == 2


def test_a_store_that_a_next_minor_refuses_is_a_blocker() -> None:
    old = tuple(replace(o) for o in healthy())
    seen = (
        observation(Role.SERVER, "1.23.1"),
        *(observation(o.target.role, "11.4", schema="1.11") for o in old[1:]),
    )
    (minor,) = [o for o in outlook(MATRIX, subject(), seen, NOW) if o.level == "minor"]
    assert minor.blockers > 0


def test_while_it_is_not_known_what_runs_there_is_nothing() -> None:
    assert outlook(MATRIX, subject(), (observation(Role.SERVER, failure=TIMEOUT),), NOW) == ()
    assert outlook(MATRIX, subject(), (observation(Role.SERVER, "9.9"),), NOW) == ()


# The plan and its outlook

KINDS = {
    "postgresql 15": (StoreSpec("postgresql", "postgres12"), "15.4"),
    "postgresql 11, which newer releases refuse": (StoreSpec("postgresql", "postgres12"), "11.4"),
    "postgresql by a plugin that is not known": (StoreSpec("postgresql"), "13.4"),
    "mysql by a plugin that is not known": (StoreSpec("mysql"), "8.0.33"),
    "cassandra": (StoreSpec("cassandra"), "3.11.19"),
}


def situations(
    release: str, spec: StoreSpec, version: str
) -> Iterator[tuple[ClusterSpec, tuple[Observation, ...]]]:
    """One release alone, two at once, and a server that uses another store than the configured one."""
    on = subject(spec, spec, sees_replicas=True)
    stores = tuple(
        observation(role, version, schema="1.1", component=spec.component)
        for role in (Role.PERSISTENCE, Role.VISIBILITY)
    )
    yield on, (replica(release), *stores)
    yield on, (replica(release), replica("1.31.2", name="other"), *stores)
    other = {Role.VISIBILITY: ("mysql8" if spec.component != "mysql" else "postgres12",)}
    yield on, (observation(Role.SERVER, release, plugins=other), *stores)


def test_the_outlook_counts_exactly_what_the_plan_to_that_release_reports() -> None:
    breaches, reasons = [], set()
    for kind, (spec, version) in KINDS.items():
        for release in [each for each in MATRIX.releases.all if each.was_read][::5]:
            for number, (on, seen) in enumerate(situations(release.name, spec, version)):
                for ahead in outlook(MATRIX, on, seen, NOW):
                    plan = plan_upgrade(MATRIX, on, seen, NOW, ahead.release, Toolbox())
                    schema_steps = sum(step.kind is StepKind.SCHEMA for step in plan.steps)
                    counted = ahead.blockers, ahead.schema_steps, ahead.steps
                    reported = len(plan_document(plan).blockers), schema_steps, len(plan.steps)
                    reasons |= {blocker.reason for blocker in plan.blockers}
                    if counted != reported:
                        breaches.append((kind, release.name, number, ahead.release, counted, reported))
    assert breaches == []
    # Blockers of the plan as a whole were among them.
    assert {Reason.MINOR_SKIPPED, Reason.OTHER_STORE, Reason.PLUGIN_UNKNOWN} <= reasons
