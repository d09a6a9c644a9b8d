"""What to do about a blocker whose message does not say it: the remedy of its reason."""

from __future__ import annotations

from agent.components.registry import title_of
from agent.matrix import Matrix, Release
from agent.matrix.advisories import Uses
from agent.matrix.schema import plugins_for
from agent.model.reasons import REASONS
from agent.model.vocabulary import Level, Reason
from agent.verdict import Result


def remedy(matrix: Matrix, release: Release, uses: Uses, result: Result) -> str:
    """A sentence for people; empty if there is none."""
    info = REASONS[result.reason]
    published = _published(matrix, release, uses, result) if info.has_published_remedy else ""
    if published:
        return published
    # No tool updates a SQLite file (temporalio/temporal@v1.31.2: schema/embed.go).
    if result.reason is Reason.SCHEMA_BEHIND and result.component == "sqlite":
        return "No schema tool can upgrade a SQLite file: start with a new file."
    plugins = plugins_for(release, result.component, "")
    if "{plugins}" in info.remedy and not plugins:
        return ""
    return info.remedy.format(
        component=_name(uses, result),
        role=result.role,
        release=release.name,
        plugins=" and ".join(plugins),
    )


def _name(uses: Uses, result: Result) -> str:
    """The component, or the compatible product that is used in its place."""
    use = dict(uses).get(result.role)
    return title_of(use.component, use.flavor) if use is not None else title_of(result.component)


def _published(matrix: Matrix, release: Release, uses: Uses, result: Result) -> str:
    """The published advice about this store, or about a broken release."""
    if result.reason is Reason.RELEASE_BROKEN:
        broken = matrix.advisories.concerning(release, uses).broken
        return broken[0].remedy if broken else ""
    own = tuple((role, use) for role, use in uses if role is result.role)
    for advisory in matrix.advisories.concerning(release, own).all:
        names_stores = bool(advisory.stores or advisory.versions)
        if names_stores and advisory.level is Level.CRITICAL and advisory.concerns(release, own) is True:
            return advisory.remedy
    return ""
