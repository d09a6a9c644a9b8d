"""Which pairs of visibility stores a release refuses to start with.

Of `visibilityStore` with `advancedVisibilityStore`, from 1.21 to 1.24: Elasticsearch beside itself
(common/config/persistence.go), and advanced SQL with Elasticsearch, which is a fatal error of the visibility
factory (common/persistence/visibility/factory.go). Standard visibility may have it, on the way off it.
"""

from __future__ import annotations

from packaging.specifiers import SpecifierSet

from agent.matrix.release import Release
from agent.matrix.roles import SEARCH, SQL
from agent.matrix.schema import plugins_for

_CHECKED = SpecifierSet(">=1.21.0,<1.25.0")

#: Plugins of advanced visibility; `mysql` and `postgres` are those of standard visibility.
_ADVANCED = frozenset({"mysql8", "postgres12", "postgres12_pgx", "sqlite"})

SOURCE = "temporalio/temporal@v1.24.2: common/config/persistence.go, common/persistence/visibility/factory.go"


def refuses_search_beside(release: Release, component: str, plugin: str) -> bool | None:
    """Whether the release refuses this visibility store beside a search store; None: the plugin decides."""
    if not release.version.within(_CHECKED):
        return False
    if component in SEARCH:
        return True
    if component not in SQL:
        return False
    advanced = {name in _ADVANCED for name in plugins_for(release, component, plugin)}
    return advanced.pop() if len(advanced) == 1 else None
