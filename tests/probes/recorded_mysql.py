"""What servers that can't be had here said of themselves, each with the public text that has it.

Only what they say of their kind and version is recorded. The rest (the row of the schema's version, and a
greeting where no record of one was found) is the made-up server's.
"""

from __future__ import annotations

from tests.probes.mysql_server import Speaker

# dev.mysql.com/doc/refman/5.7/en/sql-mode.html: the default; …/server-system-variables.html: both names of
# the isolation level are there from 5.7.20 on.
_VARIABLES_57 = {
    "sql_mode": (
        "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,"
        "NO_AUTO_CREATE_USER,NO_ENGINE_SUBSTITUTION"
    ),
    "transaction_isolation": "REPEATABLE-READ",
    "tx_isolation": "REPEATABLE-READ",
}

#: MySQL 5.7 of two packagers: its greeting byte for byte, and what version() and version_comment answer.
MYSQL_57 = {
    "5.7.21-log": Speaker(
        # apache/shardingsphere: …/scaling/mysql/client/netty/MySQLNegotiatePackageDecoderTest.java
        greets=bytes.fromhex(
            "0a352e372e32312d6c6f6700090000004a592a1f725a0d0900fff7210200ff8115000000000000000000"
            "001a437b30323a4d2b514b5870006d7973716c5f6e61746976655f70617373776f726400"
        ),
        version="5.7.21-log",
        # vitessio/vitess:go/vt/mysqlctl/mysqld_test.go, what `mysqld --version` has of 5.7.26 in brackets.
        comment="MySQL Community Server (GPL)",
        variables=_VARIABLES_57,
    ),
    "5.7.27-0ubuntu0.19.04.1": Speaker(
        # boostorg/mysql:test/unit/detail/protocol/handshake_messages.cpp@16ef83b1
        greets=bytes.fromhex(
            "0a352e372e32372d307562756e7475302e31392e30342e310002000000521a503a4b12702f00fff70802"
            "00ff811500000000000000000000035a7405282b7f21434a2162006d7973716c5f6e61746976655f7061"
            "7373776f726400"
        ),
        version="5.7.27-0ubuntu0.19.04.1",
        # vitessio/vitess:go/vt/mysqlctl/mysqld_test.go, of this very version.
        comment="(Ubuntu)",
        variables=_VARIABLES_57,
    ),
}

#: By the flavour that they are known as.
RELATIVES = {
    # vitessio/vitess:go/vt/mysqlctl/mysqld_test.go, what `mysqld --version` writes.
    "percona": [
        Speaker("5.7.26-29", "5.7.26-29", "Percona Server (GPL), Release 29, Revision 11ad961"),
        Speaker("8.0.15-6", "8.0.15-6", "Percona Server (GPL), Release 6, Revision 63abd08"),
    ],
    # docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide: the examples of version() and @@aurora_version in
    # "Amazon Aurora versions", in today's text and in that of 2.08. Its comment is not recorded there.
    "aurora-mysql": [
        Speaker("8.0.32", "8.0.32", "", {"aurora_version": "3.05.2"}),
        Speaker("5.7.12", "5.7.12", "", {"aurora_version": "2.08.1"}),
    ],
    # pingcap/docs-tidb-operator:en/get-started.md@68acd76b and zh/get-started.md@0109d8b3: what the mysql
    # client prints as "Server version:", which is version() and version_comment.
    "tidb": [
        Speaker(
            "8.0.11-TiDB-v8.5.0",
            "8.0.11-TiDB-v8.5.0",
            "TiDB Server (Apache License 2.0) Community Edition, MySQL 8.0 compatible",
        ),
        Speaker(
            "5.7.25-TiDB-v5.2.1",
            "5.7.25-TiDB-v5.2.1",
            "TiDB Server (Apache License 2.0) Community Edition, MySQL 5.7 compatible",
        ),
    ],
    "vitess": [
        # The greeting: cybergarage/go-logger:logtest/hexdump_reader_test.go (vtgate 12.0.6).
        Speaker(
            bytes.fromhex(
                "0a352e372e392d7669746573732d31322e302e360001000000446e2b0b420e6e03000fa22100003b0115"
                "00000000000000000000321e670779782618521d0150006d7973716c5f6e61746976655f70617373776f"
                "726400"
            ),
            "5.7.9-vitess-12.0.6",
            "",
        ),
        # One that is told to call itself 8.0.22, as the mysql client printed it: vitessio/vitess#7498.
        Speaker(
            "8.0.22",
            "8.0.22",
            "Version: 10.0.0-RC1 (Git revision 48dccf5 branch 'HEAD') built on Tue Apr 27 13:58:22 UTC 2021"
            " by runner@fv-az201-958 using go1.15.11 linux/amd64",
        ),
    ],
    # What the mysql client prints as "Server version:" in public reports: version() and version_comment;
    # agent/components/mysql_relatives.py has the product's own source.
    "oceanbase": [
        Speaker("5.7.25", "5.7.25-OceanBase-v4.2.5.7", "OceanBase 4.2.5.7 (r107)"),
        Speaker(
            "5.6.25", "5.7.25", "OceanBase_CE 4.2.1.1 (r101010012023111012-2f6924cd) (Built Nov 10 2023)"
        ),
    ],
    "doris": [Speaker("5.7.99", "5.7.99", "doris version doris-4.0.2-rc02-30d2df0459")],
    "starrocks": [Speaker("8.0.33", "8.0.33", "StarRocks version 3.3.2")],
    "singlestore": [
        Speaker(
            "5.7.32",
            "5.7.32",
            "SingleStoreDB source distribution (compatible; MySQL Enterprise & MySQL Commercial)",
            {"memsql_version": "8.5.4"},
        ),
    ],
    "dolt": [Speaker("8.0.31", "8.0.31", "Dolt")],
    "polardb-x": [
        Speaker("5.7.25-TDDL-5.4.19-20251031", "5.7.25-TDDL-5.4.19-20251031", ""),
        Speaker(
            "8.0.32-X-Cluster-8.4.20-20251017", "8.0.32-X-Cluster-8.4.20-20251017", "Source distribution"
        ),
    ],
    "polardb-mysql": [Speaker("8.0.13", "8.0.13", "Source distribution", {"polardb_version": "8.0.2.2.21"})],
    "cloudsql-mysql": [Speaker("8.0.31-google", "8.0.31-google", "(Google)")],
    "azure-mysql": [Speaker("8.0.37-azure", "8.0.37-azure", "Source distribution")],
    "rds-mysql": [
        Speaker("8.0.39", "8.0.39", "Source distribution", {"basedir": "/rdsdbbin/mysql-8.0.39.R2/"}),
    ],
}

#: The version of its own that a product reports besides one of MySQL, by version().
OWN_VERSIONS = {
    "8.0.11-TiDB-v8.5.0": "8.5.0",
    "5.7.25-TiDB-v5.2.1": "5.2.1",
    "5.7.9-vitess-12.0.6": "12.0.6",
    "8.0.22": "10.0.0-RC1",
    "5.7.25-OceanBase-v4.2.5.7": "4.2.5.7",
    "5.7.25": "4.2.1.1",
    "5.7.99": "4.0.2",
    "8.0.33": "3.3.2",
    "5.7.32": "8.5.4",
    "5.7.25-TDDL-5.4.19-20251031": "5.4.19",
    "8.0.32-X-Cluster-8.4.20-20251017": "8.4.20",
}
