"""The addresses of a server, from its listen addresses."""

from __future__ import annotations

from typing import Any

import pytest

from agent.config.document import Document, parse
from agent.config.temporal_files.frontend import read_frontend, read_metrics
from agent.config.temporal_files.import_result import ImportedSettings
from agent.config.temporal_files.yaml_tree import tree
from tests.laws import law


def temporal(text: str) -> dict[str, Any]:
    config = tree(parse(Document("server.yaml", plain=True), text))
    imported = ImportedSettings("server_config")
    read_frontend(imported, config)
    read_metrics(imported, config)
    assert not imported.missing
    read: dict[str, Any] = imported.values["temporal"]
    return read


def rpc(keys: str, more: str = "") -> dict[str, Any]:
    return temporal(f"services: {{frontend: {{rpc: {{grpcPort: 7233, {keys}}}}}}}\n{more}")


BROADCAST = "global: {membership: {broadcastAddress: 10.0.0.1}}"


@law(
    [
        ("bindOnIP: 10.1.1.1", BROADCAST, "10.1.1.1:7233"),
        ("bindOnIP: 'fd00::1'", "", "[fd00::1]:7233"),
        ("bindOnLocalHost: true", BROADCAST, "127.0.0.1:7233"),
        ("bindOnIP: 0.0.0.0", "", "127.0.0.1:7233"),
        ("bindOnIP: 0.0.0.0", BROADCAST, "10.0.0.1:7233"),
        ("bindOnIP: '::'", BROADCAST, "10.0.0.1:7233"),
        ("", "", "127.0.0.1:7233"),
        ("", "publicClient: {hostPort: 'temporal:80'}", "temporal:80"),
        ("", "publicClient: {hostPort: 'dns:///temporal:80'}", "temporal:80"),
        ("", "publicClient: {hostPort: '[fd00::1]:80'}", "[fd00::1]:80"),
        ("bindOnIP: 10.1.1.1", "publicClient: {hostPort: ''}", "10.1.1.1:7233"),
    ],
)
def test_the_frontend_is_its_public_address_or_its_bind_address(keys: str, more: str, frontend: str) -> None:
    assert rpc(keys, more)["frontend"] == frontend


@pytest.mark.parametrize(
    ("keys", "more", "http"),
    [
        ("bindOnIP: 10.1.1.1, httpPort: 7243", "", "http://10.1.1.1:7243"),
        (
            "bindOnIP: 0.0.0.0, httpPort: 7243",
            "publicClient: {hostPort: 'temporal:80'}",
            "http://temporal:7243",
        ),
        ("httpPort: 7243", "publicClient: {hostPort: 'a:1', httpHostPort: 'b:2'}", "http://b:2"),
        ("httpPort: 0", "", None),
    ],
)
def test_http_has_the_frontend_s_host_name_unless_it_has_its_own(
    keys: str, more: str, http: str | None
) -> None:
    assert rpc(keys, more).get("http") == http


def test_a_frontend_with_a_certificate_is_contacted_with_tls() -> None:
    tls = "global: {tls: {frontend: {server: {certFile: /c, keyFile: /k}}}}"
    read = rpc("bindOnIP: 10.1.1.1, httpPort: 7243", tls)
    assert (read["tls"], read["http"]) == ({}, "https://10.1.1.1:7243")


def test_tls_between_nodes_is_not_the_frontend_s() -> None:
    assert "tls" not in rpc("", "global: {tls: {internode: {server: {certFile: /c, keyFile: /k}}}}")


def test_services_that_share_an_address_are_one_target() -> None:
    metrics = "metrics: {prometheus: {listenAddress: '0.0.0.0:9090'}}"
    services = f"services: {{frontend: {{rpc: {{grpcPort: 1}}, {metrics}}}, history: {{{metrics}}}}}"
    assert temporal(services)["metrics"] == ({"name": "frontend", "url": "http://127.0.0.1:9090/metrics"},)


def test_metrics_that_prometheus_cannot_scrape_are_not_imported() -> None:
    assert "metrics" not in rpc("", "global: {metrics: {statsd: {hostPort: 'a:1'}}}")
