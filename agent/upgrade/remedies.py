"""What to do about a blocker, where its own message does not say it."""

from __future__ import annotations

from agent.matrix import Matrix, Release
from agent.matrix.advisories import Uses
from agent.matrix.schema import plugins_for
from agent.model.vocabulary import Level, Reason
from agent.verdict import Result

#: Stores without what a schema tool goes on from.
NO_SCHEMA = frozenset(
    {
        Reason.SCHEMA_ROW_MISSING,
        Reason.SCHEMA_TABLE_MISSING,
        Reason.DATABASE_MISSING,
        Reason.INDEX_MISSING,
    }
)


def remedy(matrix: Matrix, release: Release, uses: Uses, result: Result) -> str:
    """A sentence for people; empty where there is none."""
    if result.reason in NO_SCHEMA:
        return _no_schema(result)
    if result.reason in (Reason.BELOW_MINIMUM, Reason.COMPONENT_NOT_SUPPORTED, Reason.RELEASE_BROKEN):
        return _advised(matrix, release, uses, result) or _usual(release, result)
    return _usual(release, result)


def _no_schema(result: Result) -> str:
    if result.reason is Reason.INDEX_MISSING:
        return "Name the index that the server writes to; without it there is nothing to bring on."
    return (
        f"Name the database or keyspace that the server uses for {result.role}: no tool goes on from a schema"
        " without a version. If it is the right one, find out which version it has before any step."
    )


def _advised(matrix: Matrix, release: Release, uses: Uses, result: Result) -> str:
    """What the makers advise about this store, or about a release that is broken."""
    if result.reason is Reason.RELEASE_BROKEN:
        broken = matrix.advisories.concerning(release, uses).broken
        return broken[0].remedy if broken else ""
    own = tuple((role, use) for role, use in uses if role is result.role)
    for advisory in matrix.advisories.concerning(release, own).all:
        names_stores = bool(advisory.stores or advisory.versions)
        if names_stores and advisory.level is Level.CRITICAL and advisory.concerns(release, own) is True:
            return advisory.remedy
    return ""


def _usual(release: Release, result: Result) -> str:
    component, role = result.component, result.role
    if result.reason is Reason.PLUGIN_NOT_IN_RELEASE:
        there = plugins_for(release, component, "")
        return f"{release.name} has {' and '.join(there)}." if there else ""
    return {
        Reason.BELOW_MINIMUM: f"Upgrade {component} before this hop.",
        Reason.COMPONENT_NOT_SUPPORTED: f"Move {role} to a store that this release takes before this hop.",
        Reason.MISSING: "Put it up and name it before this hop.",
        Reason.PAIR_REFUSED: "Name one of the two alone.",
        Reason.SCHEMA_BEHIND: (
            "No tool takes a SQLite file further: begin a new one."
            if component == "sqlite"
            else f"Bring the schema of {role} on by the tool of the release that needs it."
        ),
    }.get(result.reason, "")
