"""Compatible products of PostgreSQL, and what each answers.

Recognized by version(), and by functions and settings that PostgreSQL does not have. GitLab's
lib/gitlab/database/reflection.rb has the settings of RDS, Cloud SQL, Azure and AlloyDB with their
documentation.
"""

from __future__ import annotations

import re

from agent.components.record import Flavor, Marker


def _says(pattern: str) -> Marker:
    return Marker("version", re.compile(pattern, re.IGNORECASE))


def _function(name: str) -> Marker:
    return Marker(f"function {name}", re.compile("."))


def _setting(name: str) -> Marker:
    return Marker(f"setting {name}", re.compile("."))


RELATIVES = (
    # yugabyte/yugabyte-db: "PostgreSQL 15.12-YB-2025.1.0.0-b0 on …", also "PostgreSQL 13.9 (YB-2.18.0)".
    Flavor(
        "yugabytedb",
        "YugabyteDB",
        (_says(r"[-(]YB-(?P<version>[0-9][0-9.]*)"), _says("yugabyte")),
        has_own_catalogue=True,
    ),
    # greenplum-db/gpdb and cloudberrydb, gp_metadata.sql: "PostgreSQL 12.12 (Greenplum Database 7.0.0 build
    # …".
    Flavor(
        "greenplum",
        "Greenplum",
        (_says(r"greenplum database (?P<version>[0-9][^\s)]*)"), _says("greenplum")),
        has_own_catalogue=True,
    ),
    # https://docs.aws.amazon.com/redshift/latest/dg/r_VERSION.html: "PostgreSQL 8.0.2 on …, Redshift
    # 1.0.12103".
    Flavor(
        "redshift", "Amazon Redshift", (_says(r"redshift (?P<version>[0-9]\S*)"),), has_own_catalogue=True
    ),
    # GoogleCloudPlatform/pgadapter: settings of its connections; version() is a constant.
    Flavor(
        "spanner",
        "Spanner",
        (_setting("spanner.well_known_client"), _says("spanner")),
        has_own_catalogue=True,
    ),
    # Logs of EDB: "PostgreSQL 17.4 (EnterpriseDB Advanced Server 17.4.0) on …"; before 10 "EnterpriseDB
    # 9.5.0.5".
    Flavor(
        "edb",
        "EDB Postgres Advanced Server",
        (_says(r"enterprisedb(?: advanced server)? (?P<version>[0-9][0-9.]*)"), _says("enterprisedb")),
        has_own_versions=False,
    ),
    # ApsaraDB/PolarDB-for-PostgreSQL: "PostgreSQL 11.9 (POLARDB 11.9)", "PostgreSQL 17.11 (PolarDB 17.11.1.0
    # …)".
    Flavor(
        "polardb-postgresql",
        "PolarDB for PostgreSQL",
        (_says(r"\(polardb[^0-9)]*(?P<version>[0-9][0-9.]*)"), _says("polardb"), _setting("polardb_version")),
        has_own_versions=False,
    ),
    # orioledb/orioledb: the extension has orioledb_version(); without it the library has its settings.
    Flavor(
        "orioledb",
        "OrioleDB",
        (_function("orioledb_version"), _setting("orioledb.main_buffers"), _says("orioledb")),
        has_own_versions=False,
    ),
    # neondatabase/neon, its tests: SHOW neon.timeline_id.
    Flavor("neon", "Neon", (_setting("neon.timeline_id"), _says(r"\bneon\b")), has_own_versions=False),
    # https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora_version.html: version() is
    # PostgreSQL's.
    Flavor(
        "aurora-postgresql",
        "Aurora PostgreSQL",
        (_function("aurora_version"), _says("aurora")),
        has_own_versions=False,
        lifecycle="aurora-postgresql",
    ),
    # https://cloud.google.com/alloydb/docs/reference/database-flags
    Flavor(
        "alloydb",
        "AlloyDB",
        (
            _setting("alloydb.iam_authentication"),
            _setting("google_columnar_engine.enabled"),
            _says("alloydb"),
        ),
        has_own_versions=False,
    ),
    # https://cloud.google.com/sql/docs/postgres/flags
    Flavor(
        "cloudsql-postgresql",
        "Cloud SQL for PostgreSQL",
        (_setting("cloudsql.iam_authentication"),),
        has_own_versions=False,
    ),
    # https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-extensions
    Flavor(
        "azure-postgresql",
        "Azure Database for PostgreSQL",
        (_setting("azure.extensions"),),
        has_own_versions=False,
        lifecycle="azure-postgresql",
    ),
    # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_PostgreSQL.html. Aurora comes before.
    Flavor(
        "rds-postgresql",
        "RDS for PostgreSQL",
        (_setting("rds.extensions"),),
        has_own_versions=False,
        lifecycle="rds-postgresql",
    ),
)
