"""TLS and connect attributes of a SQL store, as the server uses them."""

from __future__ import annotations

from typing import Any

from agent.config.document import Document, parse
from agent.config.temporal_files.import_result import ImportedSettings
from agent.config.temporal_files.sql_connection import read_sql_connection
from agent.config.temporal_files.yaml_tree import tree
from tests.laws import law


def read(kind: str, text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is imported for the store, and for the plans."""
    imported = ImportedSettings("server_config")
    read_sql_connection(
        imported, ("persistence", kind), tree(parse(Document("/c/server.yaml", plain=True), text))
    )
    assert not imported.missing
    store: dict[str, Any] = imported.values.get("persistence", {}).get(kind, {})
    return store, imported.values.get("server_file", {})


VERIFIED = "tls: {enabled: true, enableHostVerification: true}"
UNVERIFIED = "tls: {enabled: true, enableHostVerification: false}"


@law(
    [
        ("postgresql", "", None, False),
        ("postgresql", "tls: {enabled: false, caFile: /ca}", None, False),
        ("postgresql", UNVERIFIED, None, True),
        ("postgresql", VERIFIED, {}, False),
        ("postgresql", "tls: {enabled: true, caFile: /ca, serverName: x}", {"ca_file": "/ca"}, False),
        ("postgresql", "connectAttributes: {sslmode: require}", None, True),
        ("postgresql", "connectAttributes: {sslmode: prefer}", None, False),
        ("postgresql", "connectAttributes: {sslmode: ' verify-full '}", {}, False),
        (
            "postgresql",
            "connectAttributes: {sslmode: verify-ca, sslrootcert: /ca}",
            {"ca_file": "/ca"},
            False,
        ),
        ("postgresql", "connectAttributes: {sslmode: require, sslrootcert: ca}", {"ca_file": "/c/ca"}, False),
        ("postgresql", "connectAttributes: {sslmode: verify-full, sslrootcert: system}", {}, False),
        ("postgresql", f"{VERIFIED}\nconnectAttributes: {{sslmode: disable}}", None, False),
        ("postgresql", f"{VERIFIED}\nconnectAttributes: {{sslmode: require}}", None, True),
        ("postgresql", f"{UNVERIFIED}\nconnectAttributes: {{sslmode: verify-full}}", {}, False),
        (
            "postgresql",
            f"{VERIFIED}\nconnectAttributes: {{sslcert: /crt, sslkey: /key}}",
            {"cert_file": "/crt", "key_file": "/key"},
            False,
        ),
        ("mysql", "", None, False),
        ("mysql", UNVERIFIED, None, True),
        ("mysql", VERIFIED, {}, False),
        (
            "mysql",
            "tls: {enabled: true, caFile: /ca, serverName: x}",
            {"ca_file": "/ca", "server_name": "x"},
            False,
        ),
        ("mysql", "connectAttributes: {tls: 'true'}", {}, False),
        ("mysql", "connectAttributes: {tls: skip-verify}", None, True),
        ("mysql", "connectAttributes: {tls: preferred}", None, False),
        ("mysql", "connectAttributes: {tls: 'false'}", None, False),
        ("mysql", f"{VERIFIED}\nconnectAttributes: {{tls: skip-verify}}", {}, False),
    ],
)
def test_the_agent_encrypts_and_verifies_as_the_server_does(
    kind: str, text: str, tls: dict[str, str] | None, is_unverified: bool
) -> None:
    store, file = read(kind, text)
    assert store.get("tls") == tls
    assert file.get("unverified_tls") == ({"persistence": True} if is_unverified else None)


@law(
    [
        ("connectAttributes: {search_path: temporal}", "temporal"),
        ("connectAttributes: {' search_path ': ' a,b '}", "a,b"),
        ("connectAttributes: {search_path: '\"$user\",public'}", '"$user",public'),
        ("connectAttributes: {options: '-c search_path=temporal'}", "temporal"),
        ("connectAttributes: {options: '-c statement_timeout=5 -csearch_path=a,\\b'}", "a,b"),
        ("connectAttributes: {options: '-c search_path=a', search_path: b}", "b"),
        ("connectAttributes: {search_path: }", None),
        ("connectAttributes: {application_name: search_path}", None),
    ],
)
def test_the_search_path_decides_which_tables_the_server_reads(text: str, path: str | None) -> None:
    assert read("postgresql", text)[0].get("search_path") == path
    assert "search_path" not in read("mysql", text)[0]


def test_plans_get_every_attribute_without_white_space_and_masked_values() -> None:
    text = "connectAttributes: {' tx_isolation ': READ-COMMITTED, secret: '******', empty: ''}"
    file = read("mysql", text)[1]
    assert file["tool_attributes"] == {"persistence": {"tx_isolation": "READ-COMMITTED"}}
    assert file["connect_attributes"] == {"persistence": (" tx_isolation ", "secret", "empty")}
