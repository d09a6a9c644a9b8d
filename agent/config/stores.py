"""The settings of Temporal's stores."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    Field,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    field_validator,
    model_validator,
)

from agent.config.connection import Tls, at_most_one, secret_of
from agent.config.fields import Host, HttpUrl, Model, ProxyUrl, Text, Variable
from agent.config.secret import Secret
from agent.model.text import did_you_mean

#: The validation context if the configuration uses a bundle, which may list more plugins.
NEWER_MATRIX: Final = "newer matrix"

#: What Elasticsearch accepts as the name of an index or alias: not a pattern, a list or a path.
_INDEX = re.compile(r"[^-_+.\s\\/*?\"<>|,#A-Z][^\s\\/*?\"<>|,#A-Z]{0,254}")


_NEW_PLUGIN = re.compile(r"[a-z][a-z0-9_]{0,62}", re.ASCII)
_PLUGINS = frozenset(
    {"mysql", "mysql8", "postgres", "postgres_pgx", "postgres12", "postgres12_pgx", "sqlite"}
)


def _plugin(value: Any, known: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
    """A known plugin; with a bundle, also any other name: the verdicts judge it."""
    is_new = isinstance(value, str) and value not in _PLUGINS and _NEW_PLUGIN.fullmatch(value)
    if is_new and info.context == NEWER_MATRIX:
        return value
    try:
        return known(value)
    except ValidationError as error:
        expected = str(error.errors()[0].get("ctx", {}).get("expected", ""))
        hint = did_you_mean(value, re.findall(r"'(\w+)'", expected)) if isinstance(value, str) else ""
        if not hint:
            raise
        raise ValueError(f"is not a plugin of this store; {hint}") from None


class SqlServer(Model):
    """A database on a SQL server."""

    host: Host
    port: Annotated[int, Field(gt=0, lt=65536)]
    database: Text
    plugin: str | None = None
    user: Text
    password: Variable | None = None
    password_file: Text | None = None
    tls: Tls | None = None
    inspect_schema: bool = False

    @property
    def secret(self) -> Secret | None:
        return secret_of(self.password, self.password_file)

    @model_validator(mode="after")
    def _one_password(self) -> Self:
        return at_most_one(self, "password")


class MySql(SqlServer):
    """A database on a MySQL server, or on a compatible one such as MariaDB."""

    port: Annotated[int, Field(gt=0, lt=65536)] = 3306
    plugin: Annotated[Literal["mysql", "mysql8"] | None, WrapValidator(_plugin)] = None


class PostgreSql(SqlServer):
    """A database on a PostgreSQL server.

    `allow_cleartext_password`: without `tls`, a server may have the password itself. `search_path`: that of
    the Temporal server's connections.
    """

    port: Annotated[int, Field(gt=0, lt=65536)] = 5432
    search_path: Text | None = None
    allow_cleartext_password: bool | None = None
    plugin: Annotated[
        Literal["postgres", "postgres_pgx", "postgres12", "postgres12_pgx"] | None, WrapValidator(_plugin)
    ] = None


class Sqlite(Model):
    """A SQLite file on this machine. `database` is the server's databaseName, by default the path."""

    path: Text
    database: Text | None = None


class Cassandra(Model):
    """A keyspace of a Cassandra cluster. Any one of the hosts reports all nodes."""

    hosts: tuple[Host, ...]
    port: Annotated[int, Field(gt=0, lt=65536)] = 9042
    keyspace: Text
    datacenter: Text | None = None
    user: Text | None = None
    password: Variable | None = None
    password_file: Text | None = None
    tls: Tls | None = None
    inspect_schema: bool = False

    @property
    def secret(self) -> Secret | None:
        return secret_of(self.password, self.password_file)

    @field_validator("hosts")
    @classmethod
    def _some_host(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("list at least one host")
        return value

    @model_validator(mode="after")
    def _login(self) -> Self:
        if self.secret is not None and self.user is None:
            raise ValueError("a password needs a user: set user too")
        return at_most_one(self, "password")


class Elasticsearch(Model):
    """An index of an Elasticsearch or OpenSearch cluster. `version`: the server's `elasticsearch.version`."""

    url: HttpUrl
    index: Text
    version: Literal["v6", "v7", "v8"] | None = None
    user: Text | None = None
    password: Variable | None = None
    password_file: Text | None = None
    api_key: Variable | None = None
    api_key_file: Text | None = None
    tls: Tls | None = None
    proxy_url: ProxyUrl | None = None

    @property
    def secret(self) -> Secret | None:
        """The password, if any."""
        return secret_of(self.password, self.password_file)

    @property
    def key(self) -> Secret | None:
        """The API key, encoded as in the header, if any."""
        return secret_of(self.api_key, self.api_key_file)

    @field_validator("index")
    @classmethod
    def _one_index(cls, value: str) -> str:
        if _INDEX.fullmatch(value) is None:
            raise ValueError("write the name of one index, such as temporal_visibility_v1_prod")
        return value

    @model_validator(mode="after")
    def _one_password(self) -> Self:
        return at_most_one(at_most_one(self, "password"), "api_key")

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if (self.user is None) != (self.secret is None):
            raise ValueError("set both a user and a password")
        if self.user and self.key:
            raise ValueError("set either a user or an API key, not both")
        return self


class Custom(Model):
    """A custom store, the server's `customDatastore`. `name` is shown to people."""

    name: Text


class OneStore(Model):
    """Exactly one kind of store; the keys are the kinds."""

    @property
    def kind(self) -> str:
        """The key that is set."""
        return next(key for key in type(self).model_fields if getattr(self, key) is not None)

    @model_validator(mode="after")
    def _one(self) -> Self:
        *kinds, last = type(self).model_fields
        if sum(getattr(self, key) is not None for key in (*kinds, last)) != 1:
            raise ValueError(f"set exactly one store: {', '.join(kinds)} or {last}")
        return self


class SearchStore(OneStore):
    """Where Temporal keeps visibility records in addition to its visibility store, up to 1.24."""

    elasticsearch: Elasticsearch | None = None
    opensearch: Elasticsearch | None = None


class Store(OneStore):
    """Where Temporal keeps the data of one role."""

    cassandra: Cassandra | None = None
    mysql: MySql | None = None
    postgresql: PostgreSql | None = None
    sqlite: Sqlite | None = None
    elasticsearch: Elasticsearch | None = None
    opensearch: Elasticsearch | None = None
    custom: Custom | None = None
