"""What a person does about a reason: how bad it is, how to check it by hand, and how to fix it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

#: Reads the recorded schema version with the store's own client, by component.
READ_SCHEMA_VERSION: Mapping[str, str] = MappingProxyType(
    {
        "postgresql": "psql -h HOST -U USER -d DATABASE"
        ' -c "SELECT version_partition, db_name, curr_version FROM schema_version"',
        "mysql": "mysql -h HOST -u USER -p DATABASE"
        ' -e "SELECT version_partition, db_name, curr_version FROM schema_version"',
        "cassandra": "cqlsh HOST -u USER -k KEYSPACE"
        ' -e "SELECT keyspace_name, curr_version FROM schema_version"',
        "sqlite": 'sqlite3 FILE "SELECT version_partition, db_name, curr_version FROM schema_version"',
        "elasticsearch": "curl -s -u USER https://HOST:9200/INDEX/_mapping",
        "opensearch": "curl -s -u USER https://HOST:9200/INDEX/_mapping",
    }
)

#: Asks each kind of target one small question with its own client, by component.
CONTACT: Mapping[str, str] = MappingProxyType(
    {
        "temporal": "temporal --address FRONTEND:7233 operator cluster health",
        "postgresql": 'psql -h HOST -U USER -d DATABASE -c "SELECT 1"',
        "mysql": 'mysql -h HOST -u USER -p DATABASE -e "SELECT 1"',
        "cassandra": 'cqlsh HOST -u USER -e "SELECT release_version FROM system.local"',
        "sqlite": 'sqlite3 FILE "SELECT 1"',
        "elasticsearch": "curl -s -u USER https://HOST:9200/",
        "opensearch": "curl -s -u USER https://HOST:9200/",
        "prometheus": "curl -s http://HOST:9090/api/v1/status/buildinfo",
        "grafana": "curl -s http://HOST:3000/api/health",
    }
)


@dataclass(frozen=True)
class Guide:
    """Each text is one or more sentences of Markdown.

    `effect`: how bad it is. `verify`: how to check it by hand; `commands`: the command for that,
    by component. `fix`: what to do; the first sentence also appears in the output of `check`. `fixes`: what
    to do instead for a component where that differs.
    """

    effect: str
    verify: str
    fix: str
    commands: Mapping[str, str] = field(default_factory=dict)
    fixes: Mapping[str, str] = field(default_factory=dict)

    def fix_for(self, component: str) -> str:
        """What to do for this component."""
        return self.fixes.get(component, self.fix)
