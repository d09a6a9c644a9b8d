"""Which components a release can use in which role, as far as its code decides that."""

from __future__ import annotations

from functools import lru_cache

from packaging.specifiers import SpecifierSet

from agent.components.record import Kind
from agent.components.registry import record, title_of
from agent.matrix.release import Release
from agent.matrix.schema import STORES, plugins_for
from agent.model.roles import role_title
from agent.model.vocabulary import Role

#: The releases that can have a second visibility store.
_SECONDARY = SpecifierSet(">=1.21.0")


@lru_cache(maxsize=4096)
def refusal(release: Release, role: Role, component: str) -> tuple[str, str] | None:
    """Why this release can't use the component in this role, and the source; None if it can."""
    message = f"Temporal {release.name} cannot use {title_of(component)} for {role_title(role)}"
    if role is Role.SECONDARY_VISIBILITY:
        if not release.version.within(_SECONDARY):
            return message, "temporalio/temporal@v1.21.6: common/config/persistence.go"
        role = Role.VISIBILITY
    filling = record(component).filling(role)
    if filling is None:
        return message, release.source
    if filling.releases:
        allowed = release.version.within(SpecifierSet(filling.releases))
        return None if allowed else (message, filling.source)
    # Nothing is known about a release that was not read.
    return None if not release.was_read or _has(release, role, component) else (message, release.source)


def _has(release: Release, role: Role, component: str) -> bool:
    """Whether the release has a plugin for the component, or a schema of its own for it."""
    if record(component).kind is Kind.SQL:
        return bool(plugins_for(release, record(component).original, ""))
    return release.schema.get(component, {}).get(STORES[role]) is not None
