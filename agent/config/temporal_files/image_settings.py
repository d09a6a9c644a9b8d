"""What the environment variables of Temporal's images set in the server's configuration, as records.

Source: temporalio/temporal, docker/config_template.yaml at each tag from v1.0.0 to v1.29.7 and, from v1.30.0
on, common/config/config_template_embedded.yaml.
"""

from __future__ import annotations

from dataclasses import dataclass

Release = tuple[int, ...]

#: From here on the server itself renders the template: an empty variable is one that is not set.
#: Before, dockerize rendered it: only a variable that is not set has the default.
EMBEDDED: Release = (1, 30, 0)
#: Later than every release: the newest template that the agent knows.
NEWEST: Release = (98,)


@dataclass(frozen=True)
class ImageSetting:
    """One value of the configuration.

    `text`: with variables as `{NAME|default}`; a default may have variables. `since` and
    `before`: the releases that have it. `when`: conditions, all of which have to hold: a kind of database,
    `search` (`ENABLE_ES` is true), or a variable that is not empty; `not ` before it reverses a condition.
    """

    place: str
    text: str
    since: Release = (1, 0, 0)
    before: Release = (99,)
    when: tuple[str, ...] = ()


@dataclass(frozen=True)
class Database:
    """One value of the variable `DB`: the kind of database, and the server's plugin for it."""

    value: str
    kind: str
    plugin: str
    since: Release = (1, 0, 0)
    before: Release = (99,)


DATABASES = (
    Database("cassandra", "cassandra", ""),
    Database("mysql", "mysql", "mysql", before=(1, 24, 0)),
    Database("mysql8", "mysql", "mysql8", since=(1, 20, 0)),
    Database("postgres", "postgresql", "postgres", before=(1, 2, 0)),
    Database("postgres", "postgresql", "postgres", since=(1, 20, 0), before=(1, 24, 0)),
    Database("postgresql", "postgresql", "postgres", since=(1, 2, 0), before=(1, 24, 0)),
    Database("postgres12", "postgresql", "postgres12", since=(1, 20, 0)),
    Database("postgres12_pgx", "postgresql", "postgres12_pgx", since=(1, 23, 0)),
    Database("sqlite", "sqlite", "sqlite", since=(1, 32, 0)),
)
