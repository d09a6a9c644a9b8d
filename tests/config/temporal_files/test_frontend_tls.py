"""TLS for clients of the frontend, from what the server's own workers use."""

from __future__ import annotations

from typing import Any

from agent.config.document import Document, parse
from agent.config.temporal_files.frontend_tls import read_frontend_tls
from agent.config.temporal_files.import_result import ImportedSettings
from agent.config.temporal_files.yaml_tree import tree
from tests.laws import law

SERVER = "server: {certFile: /s, keyFile: /k}"


def read(text: str, forced: str = "") -> ImportedSettings:
    imported = ImportedSettings("server_config")
    imported.values["temporal"] = {"frontend": "temporal:7233"}
    read_frontend_tls(imported, tree(parse(Document("/c/server.yaml", plain=True), text)), forced)
    return imported


@law(
    [
        ("{}", "", None),
        ("frontend: {client: {serverName: a}}", "", None),
        ("frontend: {server: {keyData: '******'}}", "", None),
        (f"frontend: {{{SERVER}}}", "", {}),
        ("frontend: {client: {forceTLS: true, serverName: a}}", "", {"server_name": "a"}),
        ("frontend: {client: {rootCaFiles: [ca]}}", "", {"ca_file": "/c/ca"}),
        (
            f"frontend: {{{SERVER}, client: {{serverName: a}}}}\n"
            "systemWorker: {certFile: /w, keyFile: /wk, client: {serverName: b, rootCaFiles: [/ca]}}",
            "",
            {"ca_file": "/ca", "server_name": "b"},
        ),
        ("systemWorker: {client: {forceTLS: true, serverName: b}}", "", {"server_name": "b"}),
        (f"internode: {{{SERVER}, client: {{serverName: i}}}}", "", None),
        (f"internode: {{{SERVER}, client: {{serverName: i}}}}", "internode", {"server_name": "i"}),
        (
            "frontend: {client: {forceTLS: true}, hostOverrides: {flows.example: {certFile: /c}}}",
            "",
            {"server_name": "flows.example"},
        ),
        (f"frontend: {{{SERVER}, hostOverrides: {{a.example: {{certFile: /c, keyFile: /k}}}}}}", "", {}),
    ]
)
def test_the_agent_is_a_client_like_the_server_s_own_workers(text: str, forced: str, tls: Any) -> None:
    imported = read(text, forced)
    assert imported.values["temporal"].get("tls") == tls
    assert not imported.missing


def test_a_required_certificate_names_the_pair_of_the_workers() -> None:
    text = "frontend: {server: {certFile: /s, keyFile: /k, requireClientAuth: true}}"
    (missing,) = read(f"{text}\nsystemWorker: {{certFile: /w.pem, keyFile: /w.key}}").missing
    assert "/w.pem and /w.key" in missing.problem.message
    (missing,) = read(text).missing
    assert "pair" not in missing.problem.message


def test_the_override_of_the_host_decides_whether_a_certificate_is_required() -> None:
    override = "hostOverrides: {temporal: {certFile: /c, keyFile: /k, requireClientAuth: false}}"
    text = f"frontend: {{server: {{certFile: /s, keyFile: /k, requireClientAuth: true}}, {override}}}"
    assert not read(text).missing
