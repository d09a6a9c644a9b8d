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
        ("postgresql", "", None),
        ("postgresql", "tls: {enabled: false, caFile: /ca}", None),
        ("postgresql", UNVERIFIED, {"verify": False}),
        ("postgresql", VERIFIED, {}),
        (
            "postgresql",
            "tls: {enabled: true, caFile: /ca, serverName: x}",
            {"ca_file": "/ca", "verify": False},
        ),
        (
            "postgresql",
            "tls: {enabled: true, enableHostVerification: false, caFile: /ca}",
            {"ca_file": "/ca", "verify": False},
        ),
        ("postgresql", "connectAttributes: {sslmode: require}", {"verify": False}),
        ("postgresql", "connectAttributes: {sslmode: prefer}", None),
        ("postgresql", f"{UNVERIFIED}\nconnectAttributes: {{sslmode: prefer}}", None),
        ("postgresql", "connectAttributes: {sslmode: ' verify-full '}", {}),
        ("postgresql", "connectAttributes: {sslmode: verify-ca, sslrootcert: /ca}", {"ca_file": "/ca"}),
        ("postgresql", "connectAttributes: {sslmode: require, sslrootcert: ca}", {"ca_file": "/c/ca"}),
        ("postgresql", "connectAttributes: {sslmode: verify-full, sslrootcert: system}", {}),
        ("postgresql", "connectAttributes: {sslrootcert: /ca}", None),
        ("postgresql", "connectAttributes: {sslcert: /crt, sslkey: /key}", None),
        ("postgresql", "connectAttributes: {sslmode: require, sslcert: /crt}", {"verify": False}),
        ("postgresql", f"{VERIFIED}\nconnectAttributes: {{sslmode: disable}}", None),
        ("postgresql", f"{VERIFIED}\nconnectAttributes: {{sslmode: require}}", {"verify": False}),
        ("postgresql", f"{UNVERIFIED}\nconnectAttributes: {{sslmode: verify-full}}", {}),
        (
            "postgresql",
            f"{VERIFIED}\nconnectAttributes: {{sslcert: /crt, sslkey: /key}}",
            {"cert_file": "/crt", "key_file": "/key"},
        ),
        ("mysql", "", None),
        ("mysql", UNVERIFIED, {"verify": False}),
        ("mysql", VERIFIED, {}),
        (
            "mysql",
            "tls: {enabled: true, caFile: /ca, serverName: x}",
            {"ca_file": "/ca", "server_name": "x", "verify": False},
        ),
        (
            "mysql",
            "tls: {enabled: true, enableHostVerification: false, caFile: /ca}",
            {"ca_file": "/ca", "verify": False},
        ),
        ("mysql", "connectAttributes: {tls: 'true'}", {}),
        ("mysql", "connectAttributes: {tls: skip-verify}", {"verify": False}),
        ("mysql", "connectAttributes: {tls: preferred}", None),
        ("mysql", "connectAttributes: {tls: 'false'}", None),
        ("mysql", f"{VERIFIED}\nconnectAttributes: {{tls: skip-verify}}", {}),
    ],
)
def test_the_agent_encrypts_and_verifies_as_the_server_does(
    kind: str, text: str, tls: dict[str, object] | None
) -> None:
    assert read(kind, text)[0].get("tls") == tls


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
