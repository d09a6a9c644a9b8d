"""Settings from Helm values that no golden file shows."""

from __future__ import annotations

from typing import Any

import pytest

from agent.config.document import Document, parse
from agent.config.temporal_files.helm import read_values
from agent.config.temporal_files.helm_release import HelmRelease
from agent.config.temporal_files.import_result import ImportedSettings
from agent.config.temporal_files.yaml_tree import tree
from tests.laws import law

OLD = "{{driver: sql, sql: {{driver: mysql8, host: {}, port: 3306, database: {}, user: u, password: p}}}}"
STORES = f"{{default: {OLD.format('m', 't')}, visibility: {OLD.format('m', 'v')}}}"


def read(values: str) -> ImportedSettings:
    imported = ImportedSettings("helm_values")
    read_values(imported, tree(parse(Document("values.yaml", plain=True), values)))
    return imported


def old(more: str, persistence: str = STORES) -> dict[str, Any]:
    return read(f"server: {{config: {{persistence: {persistence}}}}}\nfullnameOverride: t\n{more}").values


@law(
    [
        ("1.16.2", ["persistence", "search", "visibility"]),
        ("1.20.0", ["persistence", "search", "visibility"]),
        ("1.20.1", ["persistence", "search"]),
        ("1.22.3", ["persistence", "search"]),
        ("1.23.0", ["persistence", "visibility"]),
        ("latest", ["persistence", "visibility"]),
        ('""', ["persistence", "visibility"]),
    ]
)
def test_the_search_store_of_a_chart_of_drivers_had_several_roles(tag: str, roles: list[str]) -> None:
    read_roles = read(
        f"""
server: {{image: {{tag: {tag}}}, config: {{persistence: {STORES}}}}}
cassandra: {{enabled: false}}
elasticsearch: {{enabled: true, host: es, port: 9200, scheme: https, visibilityIndex: v}}
"""
    ).values
    search = "search" if "search" in roles else "visibility"
    assert read_roles[search] == {"elasticsearch": {"url": "https://es:9200", "index": "v"}}
    assert sorted(read_roles.keys() - {"server_file"}) == roles
    named = ["visibilityStore"] * ("visibility" in roles) + ["advancedVisibilityStore"] * ("search" in roles)
    assert read_roles["server_file"]["store_keys"] == ("defaultStore", *named)


@law(
    [
        ("1.6.2", "server: {kafka: {host: 'k:9092'}}", HelmRelease(), ("k:9092",)),
        ("1.6.2", "kafka: {enabled: true}", HelmRelease(name="t"), ("t-kafka-headless:9092",)),
        ("1.6.2", "kafka: {enabled: true}", HelmRelease(), None),
        ("1.9.2", "kafka: {enabled: false}", HelmRelease(name="t"), ("t-kafka-headless:9092",)),
        ("1.9.2", "kafka: {omitConfig: true}", HelmRelease(name="t"), None),
        ("1.10.1", "kafka: {enabled: true}", HelmRelease(name="t"), None),
    ]
)
def test_old_charts_have_kafka(
    tag: str, more: str, release: HelmRelease, brokers: tuple[str, ...] | None
) -> None:
    server = f"image: {{tag: {tag}}}, config: {{persistence: {STORES}}}"
    rest = more if more.startswith("kafka") else ""
    if not rest:
        server += f", {more.removeprefix('server: {').removesuffix('}')}"
    imported = ImportedSettings("helm_values")
    search = "elasticsearch: {enabled: true, host: es, port: 1, visibilityIndex: v}"
    text = f"server: {{{server}}}\n{search}\n{rest}"
    read_values(imported, tree(parse(Document("values.yaml", plain=True), text)), release)
    assert imported.values.get("event_streaming", {}).get("kafka", {}).get("brokers") == brokers


@law(["image: {tag: 1.22.4}, ", "image: {repository: a}, ", ""])
def test_a_missing_chart_version_that_decides_names_the_choices(image: str) -> None:
    imported = read(
        f"""
server: {{{image}config: {{persistence: {STORES}}}}}
cassandra: {{enabled: false}}
elasticsearch: {{enabled: true, host: es, port: 9200, scheme: https, visibilityIndex: v}}
fullnameOverride: t
"""
    )
    assert "visibility" not in imported.values
    (missing,) = (each for each in imported.missing if each.problem.path == "server.image.tag")
    assert missing.keys == (("visibility",), ("search",))
    assert all(choice in missing.problem.message for choice in ("0.33.0", "0.31"))


@law(
    [
        ("fullnameOverride: own", HelmRelease("", "prod", ""), "own-frontend:7233"),
        ("{}", HelmRelease("", "prod", ""), "prod-temporal-frontend:7233"),
        ("{}", HelmRelease("", "temporal-prod", ""), "temporal-prod-frontend:7233"),
        ("nameOverride: flow", HelmRelease("", "prod", ""), "prod-flow-frontend:7233"),
        ("{}", HelmRelease("", "prod", "flows"), "prod-flows-frontend:7233"),
    ]
)
def test_the_frontend_has_the_name_of_the_release(values: str, release: HelmRelease, frontend: str) -> None:
    imported = ImportedSettings("helm_values")
    read_values(imported, tree(parse(Document("values.yaml", plain=True), values)), release)
    assert imported.values["temporal"]["frontend"] == frontend


CASSANDRA = "{driver: cassandra, cassandra: {hosts: [c], keyspace: t}}"


@law(
    [
        (
            "0.31.0",
            "is sql, and that of the default store is cassandra: with these, chart 0.31.0 renders 0 kinds",
        ),
        ("0.40.1", ""),
        # Only a version that is given decides: whoever changed the image has another chart.
        ("", ""),
    ]
)
def test_a_visibility_store_that_the_chart_does_not_render_is_refused(chart: str, what: str) -> None:
    persistence = f"{{default: {CASSANDRA}, visibility: {OLD.format('m', 'v')}}}"
    imported = ImportedSettings("helm_values")
    text = (
        f"server: {{image: {{tag: 1.20.3}}, config: {{persistence: {persistence}}}}}\n"
        "fullnameOverride: t\ncassandra: {enabled: false}\nelasticsearch: {enabled: false}"
    )
    read_values(imported, tree(parse(Document("values.yaml", plain=True), text)), HelmRelease(chart))
    assert not imported.missing
    assert ("visibility" in imported.values) == (not what)
    found = imported.values["server_file"].get("violations", ())
    assert [each["rule"] for each in found] == ["store_kinds"] * bool(what)
    assert all(what in each["found"] for each in found)


def test_the_chart_s_own_cassandra_wins_over_the_driver() -> None:
    imported = read(f"server: {{config: {{persistence: {STORES}}}}}\ncassandra: {{enabled: true}}")
    assert "persistence" not in imported.values
    reported = [setting.problem.path for setting in imported.missing]
    assert "server.config.persistence.default.cassandra.hosts" in reported


def test_the_driver_wins_over_the_own_cassandra_of_charts_up_to_0_43() -> None:
    values = f"server: {{image: {{tag: 1.23.0}}, config: {{persistence: {STORES}}}}}"
    assert read(f"{values}\ncassandra: {{enabled: true}}").values["persistence"]["mysql"]["host"] == "m"
    assert read(values).values["persistence"]["mysql"]["host"] == "m"


def test_the_default_store_may_be_an_additional_one() -> None:
    persistence = (
        f"{{defaultStore: mine, visibility: {OLD.format('m', 'v')}, "
        "additionalStores: {mine: {customDatastore: {name: theirs}}}}"
    )
    assert old("elasticsearch: {enabled: false}", persistence)["persistence"] == {
        "custom": {"name": "theirs"}
    }


@pytest.mark.parametrize(
    ("values", "frontend"),
    [
        ("fullnameOverride: orders", "orders-frontend:7233"),
        ("fullnameOverride: orders\nserver: {frontend: {service: {port: 80}}}", "orders-frontend:80"),
        ("fullnameOverride: orders\nserver: {publicClientHostPort: 'a:1'}", "a:1"),
    ],
)
def test_the_frontend_has_the_name_that_the_values_give_it(values: str, frontend: str) -> None:
    assert read(values).values["temporal"]["frontend"] == frontend


def test_the_server_s_own_tls_wins_over_the_chart_s() -> None:
    imported = read(
        """
fullnameOverride: t
server:
  tls: {frontend: {enabled: true, mountPath: /chart, serverName: chart}}
  config:
    tls: {frontend: {server: {certFile: /c, keyFile: /k}, client: {serverName: own, rootCaFiles: [/own]}}}
"""
    )
    assert imported.values["temporal"]["tls"] == {"ca_file": "/own", "server_name": "own"}


@pytest.mark.parametrize("shards", ["numHistoryShards: 512, ", "persistence: {numHistoryShards: 512}, "])
@pytest.mark.parametrize(
    ("metadata", "named"),
    [
        ("", {"cluster_name": "active", "initial_failover_version": 1}),
        ("clusterMetadata: {enableGlobalNamespace: true}", {}),
        (
            "clusterMetadata: {currentClusterName: b, clusterInformation: {b: {initialFailoverVersion: 2}}}",
            {"cluster_name": "b", "initial_failover_version": 2},
        ),
    ],
)
def test_what_a_release_says_besides_stores(shards: str, metadata: str, named: dict[str, Any]) -> None:
    values = (
        f"server: {{config: {{{shards}{metadata}}}, dynamicConfig: {{limit.maxIDLength: [{{value: 1}}]}}}}"
    )
    own = {"history_shards": 512, "dynamic_keys": ("limit.maxIDLength",)}
    found = read(values).values["server_file"]
    assert {key: found[key] for key in found if key not in ("traits", "dynamic_values")} == named | own
    assert found["dynamic_values"] == {"limit.maxIDLength": ("1",)}
