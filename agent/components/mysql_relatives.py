"""Compatible products of MySQL, and what each answers.

Recognized by version() with version_comment, and by variables that MySQL does not have. The sources are
public answers of real servers and the products' own sources.
"""

from __future__ import annotations

import re

from agent.components.record import Flavor, Marker


def _says(pattern: str) -> Marker:
    return Marker("version", re.compile(pattern, re.IGNORECASE))


def _variable(name: str, pattern: str = ".") -> Marker:
    return Marker(f"variable {name}", re.compile(pattern, re.IGNORECASE))


RELATIVES = (
    # https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Updates.Versions.html:
    # version() is MySQL's; the name of the engine version is 8.0.mysql_aurora.3.08.0.
    Flavor(
        "aurora-mysql",
        "Aurora MySQL",
        (_variable("aurora_version"), _says("mysql_aurora")),
        has_own_versions=False,
        lifecycle="aurora-mysql",
    ),
    Flavor("mariadb", "MariaDB", (_says("mariadb"),), lifecycle="mariadb"),
    # pingcap/docs: version() is 8.0.11-TiDB-v8.5.0.
    Flavor("tidb", "TiDB", (_says(r"-tidb-v?(?P<version>[0-9]\S*)"), _says("tidb")), has_own_catalogue=True),
    # vitessio/vitess#7498: version() is configured (`--mysql_server_version`), but the build information
    # stays.
    Flavor(
        "vitess",
        "Vitess",
        (
            _says(r"-vitess-(?P<version>[0-9]\S*)"),
            _says(r"version: (?P<version>[0-9]\S*) \(git revision"),
            _says(r"vitess|\(git revision"),
        ),
        has_own_catalogue=True,
    ),
    # oceanbase/oceanbase: version() is 5.7.25-OceanBase-v4.2.1.0 or 5.7.25-OceanBase_CE-v4.4.2.1; older ones
    # and OBProxy name it in version_comment alone, as OceanBase_CE 4.2.1.1 (r101…).
    Flavor(
        "oceanbase",
        "OceanBase",
        (_says(r"oceanbase(?:_ce)?[- ]v?(?P<version>[0-9]\S*)"), _says("oceanbase|obproxy")),
        has_own_catalogue=True,
    ),
    # apache/doris: version() is 5.7.99, version_comment is "Doris version doris-2.0.3-rc06-37d31a5".
    Flavor(
        "doris",
        "Apache Doris",
        (_says(r"\bdoris-(?P<version>[0-9]+(?:\.[0-9]+)*)"), _says(r"\bdoris\b")),
        has_own_catalogue=True,
    ),
    # StarRocks/starrocks, GlobalVariable.java: version_comment is "StarRocks version " and its version.
    Flavor(
        "starrocks",
        "StarRocks",
        (_says(r"starrocks version (?P<version>[0-9]\S*)"), _says("starrocks")),
        has_own_catalogue=True,
    ),
    # singlestore-labs: version() is 5.7.32, version_comment is "SingleStoreDB source distribution
    # (compatible; MySQL Enterprise & MySQL Commercial)", and @@memsql_version is its own version.
    Flavor(
        "singlestore",
        "SingleStore",
        (_variable("memsql_version", "^(?P<version>[0-9].*)"), _says("singlestore|memsql")),
        has_own_catalogue=True,
    ),
    # dolthub/dolt: version() is MySQL's, version_comment is "Dolt".
    Flavor(
        "dolt",
        "Dolt",
        (_says(r"\bdolt[- ]v?(?P<version>[0-9]\S*)"), _says(r"\bdolt\b")),
        has_own_catalogue=True,
    ),
    # polardbx/polardbx-sql: version() is 5.7.25-TDDL-5.4.19-20251031 (distributed) or
    # 8.0.32-X-Cluster-8.4.20-20251017 (standard edition and data nodes, once AliSQL-X-Cluster).
    Flavor(
        "polardb-x",
        "PolarDB-X",
        (_says(r"-tddl-(?P<version>[0-9][0-9.]*)"), _says(r"-x-cluster-(?P<version>[0-9][0-9.]*)")),
        has_own_catalogue=True,
    ),
    # https://www.alibabacloud.com/help/en/polardb: SHOW VARIABLES LIKE 'polardb_version'.
    Flavor(
        "polardb-mysql",
        "PolarDB for MySQL",
        (_variable("polardb_version"), _says("polardb")),
        has_own_versions=False,
    ),
    # Dumps of Cloud SQL: "Server version 8.0.31-google (Google)".
    Flavor("cloudsql-mysql", "Cloud SQL for MySQL", (_says("-google"),), has_own_versions=False),
    # hibernate/hibernate-orm, HHH-18518: "8.0.37-azure".
    Flavor(
        "azure-mysql",
        "Azure Database for MySQL",
        (_says("-azure"),),
        has_own_versions=False,
        lifecycle="azure-mysql",
    ),
    # Logs and tools of RDS: the server is started as /rdsdbbin/mysql/bin/mysqld. Aurora comes before.
    Flavor(
        "rds-mysql",
        "RDS for MySQL",
        (_variable("basedir", "^/rdsdbbin/"),),
        has_own_versions=False,
        lifecycle="rds-mysql",
    ),
    # vitessio/vitess, mysqld_test.go: version() is 8.0.15-6, version_comment "Percona Server (GPL), Release
    # 6, …". Without a comment such a number alone is taken for Percona's.
    Flavor(
        "percona",
        "Percona Server",
        (_says("percona"), _says(r"^\s*[0-9.]+-[0-9]+(?:\.[0-9]+)*(?:-log|-debug)?\s*$")),
        has_own_versions=False,
    ),
)
