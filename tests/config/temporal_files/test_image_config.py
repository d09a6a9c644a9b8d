"""The configuration that Temporal's image renders from the variables of its container."""

from __future__ import annotations

import pytest

from agent.config.document import Document
from agent.config.environment.variables import ContainerEnvironment, ContainerVariable
from agent.config.errors import ConfigError
from agent.config.temporal_files.image_config import databases, has_variables, image_config
from agent.config.temporal_files.image_settings import NEWEST, Release
from tests.laws import law

DOCUMENT = Document("x.env")
DEFAULT = ("persistence", "datastores", "default", "sql")
VISIBILITY = ("persistence", "datastores", "visibility", "sql")


def container(**given: str) -> ContainerEnvironment:
    variables = {name: ContainerVariable(text, DOCUMENT, (name,), text) for name, text in given.items()}
    return ContainerEnvironment(variables, DOCUMENT, ())


def text(release: Release, place: tuple[str, ...], **given: str) -> str:
    return image_config(container(**given), release).at(*place).text


@law(
    [
        # A variable of visibility alone counts from 1.14.3 on.
        ((1, 14, 2), (*VISIBILITY, "user"), {"MYSQL_USER": "a", "VISIBILITY_MYSQL_USER": "b"}, "a"),
        ((1, 14, 3), (*VISIBILITY, "user"), {"MYSQL_USER": "a", "VISIBILITY_MYSQL_USER": "b"}, "b"),
        # Dockerize takes an empty variable as it is; the server itself takes the default.
        ((1, 22, 0), (*DEFAULT, "databaseName"), {"DBNAME": ""}, ""),
        ((1, 30, 0), (*DEFAULT, "databaseName"), {"DBNAME": "", "DB": "mysql8"}, "temporal"),
        ((1, 22, 0), (*DEFAULT, "connectAddr"), {"MYSQL_SEEDS": "h", "DB_PORT": "1"}, "h:1"),
        ((1, 22, 0), (*DEFAULT, "connectAddr"), {}, ""),
        ((1, 6, 0), (*DEFAULT, "connectAttributes", "tx_isolation"), {}, ""),
        ((1, 20, 0), (*DEFAULT, "pluginName"), {"DB": "PostgreSQL"}, "postgres"),
        ((1, 32, 0), (*DEFAULT, "connectAttributes", "mode"), {"DB": "sqlite"}, "rwc"),
        ((1, 14, 3), (*DEFAULT, "tls", "caFile"), {"SQL_CA": "/ca"}, ""),
        ((1, 14, 4), (*DEFAULT, "tls", "caFile"), {"SQL_CA": "/ca"}, "/ca"),
        ((1, 20, 0), ("persistence", "visibilityStore"), {"ENABLE_ES": "true"}, ""),
        ((1, 21, 0), ("persistence", "visibilityStore"), {"ENABLE_ES": "True"}, "es-visibility"),
        ((1, 19, 0), ("publicClient", "hostPort"), {}, "127.0.0.1:7233"),
        ((1, 20, 0), ("publicClient", "hostPort"), {}, ""),
        ((1, 20, 0), ("publicClient", "hostPort"), {"TEMPORAL_AUTH_CLAIM_MAPPER": "x"}, "127.0.0.1:7233"),
    ]
)
def test_the_release_decides_what_a_variable_sets(
    release: Release, place: tuple[str, ...], given: dict[str, str], expected: str
) -> None:
    assert text(release, place, **{"DB": "mysql", **given}) == expected


def test_the_default_database_is_cassandra_as_in_the_image() -> None:
    config = image_config(container(CASSANDRA_SEEDS="c"), NEWEST)
    assert config.at("persistence", "datastores", "default", "cassandra", "hosts").text == "c"


@law([("mysql", (1, 24, 0), "images of 1.24 take"), ("oracle", NEWEST, "the newest images take")])
def test_a_database_that_the_image_does_not_have_is_an_error(value: str, release: Release, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        image_config(container(DB=value), release)
    assert value not in databases(release)


def test_an_env_file_of_something_else_has_none_of_the_variables() -> None:
    assert has_variables(container(POSTGRES_PWD=""))
    assert has_variables(container(DB="postgres12"))
    assert not has_variables(container(TEMPORAL_VERSION="1.30", POSTGRES_PASSWORD="x", PLUGIN="x"))


@law(
    [
        ((1, 31, 2), {"POSTGRES_PWD": "#%: '{}&*!"}, False),
        ((1, 31, 2), {"POSTGRES_PWD": 'a"b'}, True),
        ((1, 7, 0), {"POSTGRES_PWD": "a\\word"}, True),
        ((1, 31, 2), {"POSTGRES_PWD": "a\\\\b"}, False),
        ((1, 31, 2), {"POSTGRES_USER": "a\\"}, True),
        ((1, 31, 2), {"POSTGRES_USER": 'a": "b'}, True),
        # Quotes that a person wrote around the value.
        ((1, 31, 2), {"DBNAME": '"temporal"'}, True),
        ((1, 31, 2), {"DB_PORT": '"5432"'}, True),
        # Without quotes: what cannot be read there was not examined.
        ((1, 6, 0), {"POSTGRES_PWD": 'a"b'}, False),
    ]
)
def test_a_text_that_ends_its_quotes_makes_the_file_invalid(
    release: Release, given: dict[str, str], has_fault: bool
) -> None:
    on = {"DB": "postgres12" if release >= (1, 20) else "postgresql", "POSTGRES_SEEDS": "pg"}
    store = image_config(container(**on, **given), release).at(*DEFAULT)
    assert any(node.fault for node in store.children.values()) is has_fault
    (found,) = (each.fault for each in store.children.values() if each.fault) if has_fault else ("",)
    assert ("not valid YAML" in found) is has_fault


def test_allowed_authenticators_make_the_file_of_1_30_and_later_invalid() -> None:
    given = {"DB": "cassandra", "CASSANDRA_SEEDS": "c", "CASSANDRA_ALLOWED_AUTHENTICATORS": "x"}
    place = ("persistence", "datastores", "default", "cassandra", "allowedAuthenticators")
    assert "unset it" in image_config(container(**given), (1, 30, 4)).at(*place).fault
    assert not image_config(container(**given), (1, 29, 1)).at(*place).is_there
