"""What the next patch and the next minor ask for."""

from __future__ import annotations

from dataclasses import replace

from agent.model.vocabulary import Role
from agent.upgrade import Outlook, outlook
from tests.building import MATRIX, NOW, TIMEOUT, healthy, observation, subject


def ahead(version: str, persistence: str, visibility: str) -> dict[str, Outlook]:
    seen = (
        observation(Role.SERVER, version),
        observation(Role.PERSISTENCE, "15.4", schema=persistence),
        observation(Role.VISIBILITY, "15.4", schema=visibility),
    )
    found = outlook(MATRIX, subject(), seen, NOW)
    assert len({o.level for o in found}) == len(found)
    return {o.level: o for o in found}


def test_the_next_patch_and_the_next_minor_are_looked_at() -> None:
    found = ahead("1.27.2", "1.16", "1.9")
    assert found["patch"] == Outlook("patch", "1.27.4", blockers=0, schema_steps=0, steps=2)
    # By way of 1.27.4: its server, then one schema, the server, and twice a pause.
    assert found["minor"] == Outlook("minor", "1.28.4", blockers=0, schema_steps=1, steps=5)


def test_where_the_newest_patch_runs_there_is_no_such_level() -> None:
    assert set(ahead("1.28.4", "1.17", "1.9")) == {"minor"}


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
