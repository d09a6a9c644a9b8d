"""Store settings that no golden file shows."""

from __future__ import annotations

from typing import Any

import pytest

from agent.config.document import Document, parse
from agent.config.temporal_files.import_result import ImportedSettings
from agent.config.temporal_files.stores import read_stores
from agent.config.temporal_files.yaml_tree import tree


def read(text: str) -> ImportedSettings:
    imported = ImportedSettings("server_config")
    read_stores(imported, tree(parse(Document("/etc/temporal/server.yaml", plain=True), text)))
    return imported


def stores(datastore: str) -> dict[str, Any]:
    return read(f"defaultStore: a\nvisibilityStore: a\ndatastores: {{a: {datastore}}}").values


def test_a_further_store_that_is_undefined_is_left_to_the_rules_of_each_release() -> None:
    custom = "datastores: {a: {customDatastore: {name: a}}}"
    imported = read(f"defaultStore: a\nsecondaryVisibilityStore: b\nadvancedVisibilityStore: c\n{custom}")
    assert imported.missing == []
    assert imported.values.keys() & {"secondary_visibility", "search"} == set()


@pytest.mark.parametrize(("name", "expected"), [("name: theirs, ", "theirs"), ("", "a")])
def test_a_custom_store_has_a_name(name: str, expected: str) -> None:
    custom = stores(f"{{customDatastore: {{{name}options: {{password: x}}}}}}")
    named = {"custom": {"name": expected}}
    assert (custom["persistence"], custom["visibility"]) == (named, named)


def sql(plugin: str, **keys: str) -> Any:
    more = "".join(f", {key}: {value}" for key, value in keys.items())
    login = "databaseName: t, connectAddr: 'db:1', user: u, password: p"
    (store,) = stores(f"{{sql: {{pluginName: {plugin}, {login}{more}}}}}")["persistence"].values()
    return store


@pytest.mark.parametrize(
    "plugin", ["mysql", "mysql8", "postgres", "postgres_pgx", "postgres12", "postgres12_pgx"]
)
def test_every_plugin_is_imported(plugin: str) -> None:
    assert sql(plugin)["plugin"] == plugin


def test_a_password_is_imported_as_a_reference() -> None:
    reference = "${/etc/temporal/server.yaml#/datastores/a/sql/password}"
    assert sql("mysql8")["password"] == reference
    assert sql("mysql8", passwordCommand="{command: 'true'}")["password"] == reference


@pytest.mark.parametrize("tls", ["{enabled: false, caFile: /ca}", "null", "{}"])
def test_tls_that_is_not_enabled_means_no_tls_settings(tls: str) -> None:
    assert "tls" not in sql("postgres12", tls=tls)


def test_tls_that_the_server_does_not_verify_is_not_verified_in_any_kind_of_store() -> None:
    tls = "tls: {enabled: true}"
    assert sql("postgres12", tls="{enabled: true}")["tls"] == {"verify": False}
    assert sql("mysql8", tls="{enabled: true}")["tls"] == {"verify": False}
    search = f"{{elasticsearch: {{url: {{host: e}}, indices: {{visibility: v}}, {tls}}}}}"
    assert stores(search)["visibility"]["elasticsearch"]["tls"] == {"verify": False}
    cassandra = stores(f"{{cassandra: {{hosts: a, keyspace: k, {tls}}}}}")
    assert cassandra["persistence"]["cassandra"]["tls"] == {"verify": False}


def test_tls_is_verified_only_where_the_server_verifies_it() -> None:
    assert sql("mysql8", tls="{enabled: true, enableHostVerification: true}")["tls"] == {}
    unverified = {"ca_file": "/etc/temporal/ca", "verify": False}
    assert sql("mysql8", tls="{enabled: true, caFile: ca}")["tls"] == unverified


def test_postgresql_takes_tls_from_its_attributes_too() -> None:
    attributes = "{sslmode: verify-full, sslrootcert: /ca, sslcert: /c, sslkey: /k}"
    assert sql("postgres12", connectAttributes=attributes)["tls"] == {
        "ca_file": "/ca",
        "cert_file": "/c",
        "key_file": "/k",
    }


@pytest.mark.parametrize("login", ["user: u", "user: u, password: ''", "password: p"])
def test_the_server_does_not_log_in_to_cassandra_without_user_and_password(login: str) -> None:
    cassandra = stores(f"{{cassandra: {{hosts: a, keyspace: k, {login}}}}}")["persistence"]["cassandra"]
    assert cassandra == {"hosts": ("a",), "keyspace": "k"}


@pytest.mark.parametrize(
    ("plugin", "attributes", "names"),
    [
        ("mysql8", "", ()),
        ("mysql8", ", connectAttributes: {tx_isolation: \"'READ-COMMITTED'\", a: b}", ("tx_isolation", "a")),
        ("postgres12", ", connectAttributes: {a: b}", None),
    ],
)
def test_the_names_of_a_mysql_store_s_attributes_are_handed_on(
    plugin: str, attributes: str, names: tuple[str, ...] | None
) -> None:
    login = "databaseName: t, connectAddr: 'db:1', user: u, password: p"
    read = stores(f"{{sql: {{pluginName: {plugin}, {login}{attributes}}}}}")
    expected = None if names is None else {"persistence": names, "visibility": names}
    assert read["server_file"].get("connect_attributes") == expected


def test_the_search_path_of_the_connections_is_that_of_postgresql_alone() -> None:
    attributes = "{search_path: temporal}"
    assert sql("postgres12", connectAttributes=attributes)["search_path"] == "temporal"
    assert "search_path" not in sql("mysql8", connectAttributes=attributes)
    assert "search_path" not in sql("postgres12")
