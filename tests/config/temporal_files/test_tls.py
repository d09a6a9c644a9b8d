"""The TLS section of a store, in the agent's words."""

from __future__ import annotations

from typing import Any

from agent.config.document import Document, parse
from agent.config.temporal_files.import_result import ImportedSettings
from agent.config.temporal_files.tls import read_tls
from agent.config.temporal_files.yaml_tree import tree
from tests.laws import law


@law(
    [
        ("{}", None),
        ("{enabled: true}", {"verify": False}),
        ("{enabled: true, enableHostVerification: true}", {}),
        ("{enabled: true, enableHostVerification: false, caFile: ca}", {"ca_file": "/c/ca", "verify": False}),
        ("{caFile: /ca}", None),
        ("{enabled: true, caFile: ca}", {"ca_file": "/c/ca", "verify": False}),
        ("{enabled: true, keyData: '******'}", {"verify": False}),
        ("{enabled: yes, certFile: /c}", {"verify": False}),
        ("{enabled: yes, keyFile: /k}", {"verify": False}),
        ("{enabled: yes, certFile: /c, keyFile: /k}", {"cert_file": "/c", "key_file": "/k", "verify": False}),
        ("{enabled: true, serverName: s}", {"server_name": "s", "verify": False}),
    ]
)
def test_enabled_tls_is_imported_with_its_files(text: str, tls: Any) -> None:
    for place in (("search", "elasticsearch"), ("persistence", "cassandra")):
        section = tree(parse(Document("/c/server.yaml", plain=True), text))
        imported = ImportedSettings("server_config")
        read_tls(imported, place, section)
        assert imported.values.get(place[0], {}).get(place[1], {}).get("tls") == tls
