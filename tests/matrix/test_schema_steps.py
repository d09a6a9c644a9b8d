"""Schema steps: which ones cost something, in which folders, and which releases cannot run after them."""

from __future__ import annotations

import pytest

from agent.matrix.load import read_built_in
from agent.model.versions import parse
from agent.model.vocabulary import Role
from tests.building import MATRIX

STEPS = MATRIX.schema_steps
P, V, S = Role.PERSISTENCE, Role.VISIBILITY, Role.SECONDARY_VISIBILITY


def passed(release: str, role: Role, component: str, start: str, end: str) -> list[str]:
    named = MATRIX.releases.named(release)
    assert named is not None
    return [v.raw for v, _ in STEPS.passed(named, role, component, parse(start), parse(end))]


@pytest.mark.parametrize(
    ("release", "role", "component", "versions"),
    [
        ("1.31.2", V, "postgresql", ["1.8", "1.13"]),
        ("1.31.0", V, "postgresql", ["1.8", "1.10", "1.11", "1.12", "1.13"]),
        ("1.30.5", V, "postgresql", ["1.8", "1.13"]),
        ("1.30.4", S, "postgresql", ["1.8", "1.10", "1.11", "1.12", "1.13"]),
        ("1.31.2", V, "cassandra", []),
        ("1.31.2", Role.SEARCH, "elasticsearch", []),
    ],
)
def test_the_steps_that_cost_something_are_after_the_start_and_up_to_the_end(
    release: str, role: Role, component: str, versions: list[str]
) -> None:
    assert passed(release, role, component, "1.7", "1.13") == versions


def test_a_note_belongs_to_every_upgrade_through_its_step() -> None:
    def notes(start: str, end: str, role: Role = V, component: str = "postgresql") -> int:
        newest = MATRIX.releases.all[-1]
        return len(STEPS.notes(newest, role, component, parse(start), parse(end)))

    assert (notes("1.2", "1.13"), notes("1.11", "1.14")) == (1, 1)
    assert (notes("1.2", "1.12"), notes("1.13", "1.14")) == (0, 0)
    assert (notes("1.2", "1.13", P), notes("1.2", "1.13", V, "mysql")) == (0, 0)


@pytest.mark.parametrize("component", ["postgresql", "mysql", "cassandra"])
def test_releases_before_1_6_cannot_run_on_a_default_schema_from_1_4_on(component: str) -> None:
    breaches = [
        (release.name, role, version)
        for release in MATRIX.releases.all
        for role in (P, V)
        for version in ("1.3", "1.4", "1.18")
        if STEPS.is_too_new(release, component, role, parse(version))
        is not (role is P and version != "1.3" and release.minor < (1, 6))
    ]
    assert not breaches
    assert not any(STEPS.is_too_new(release, "sqlite", P, parse("1.4")) for release in MATRIX.releases.all)


def test_every_step_that_the_file_names_exists() -> None:
    data = read_built_in(["schema_steps", "schema_versions"])
    known = {
        (store.split("/")[0], store.split("/")[-1], version)
        for store, entry in data["schema_versions"]["lists"].items()
        for version in entry["versions"]
    }
    steps = data["schema_steps"]
    named = {(e["component"], e["store"], version) for e in steps["costs"] for version in e["versions"]}
    named |= {(e["component"], e["store"], e["through"]) for e in steps["unbroken"]}
    named |= {(component, e["store"], e["since"]) for e in steps["too_new"] for component in e["components"]}
    assert named - known == set()
