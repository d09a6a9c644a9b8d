"""The TLS section of a store, in the agent's words."""

from __future__ import annotations

from typing import Any

from agent.config.document import Document, parse
from agent.config.temporal_files.import_result import ImportedSettings
from agent.config.temporal_files.tls import has_certificates, read_tls
from agent.config.temporal_files.yaml_tree import tree
from tests.laws import law


@law(
    [
        ("{}", None, False),
        ("{enabled: true}", {}, False),
        ("{caFile: /ca}", None, True),
        ("{enabled: true, caFile: ca}", {"ca_file": "/c/ca"}, True),
        ("{enabled: true, keyData: '******'}", {}, False),
        (
            "{enabled: yes, certFile: /c, keyFile: /k}",
            {"cert_file": "/c", "key_file": "/k"},
            True,
        ),
        ("{enabled: true, serverName: s}", {"server_name": "s"}, False),
    ],
)
def test_enabled_tls_is_imported_with_its_files(text: str, tls: Any, has_files: bool) -> None:
    section = tree(parse(Document("/c/server.yaml", plain=True), text))
    imported = ImportedSettings("server_config")
    read_tls(imported, ("search", "elasticsearch"), section)
    assert imported.values.get("search", {}).get("elasticsearch", {}).get("tls") == tls
    assert has_certificates(section) is has_files
