"""End of life: of the most specific cycle, where a date is known."""

from __future__ import annotations

from datetime import date

from tests.building import FROZEN
from tests.laws import law

ENDS = [
    # PostgreSQL by its major, before 10 by two numbers.
    ("postgresql", "", "15.4", date(2027, 11, 11)),
    ("postgresql", "", "16.6 (Debian 16.6-1)", date(2028, 11, 9)),
    ("postgresql", "", "9.6.24", date(2021, 11, 11)),
    ("postgresql", "", "10.23", date(2022, 11, 10)),
    ("postgresql", "", "17beta1", date(2029, 11, 8)),
    ("postgresql", "", "99.1", None),
    # Elasticsearch by two numbers where such a cycle is known, else by its major.
    ("elasticsearch", "", "8.17.1", date(2025, 8, 12)),
    ("elasticsearch", "", "8.19.0", date(2027, 7, 15)),
    ("elasticsearch", "", "7.17.9", date(2026, 1, 15)),
    ("elasticsearch", "", "6.8.23", date(2022, 2, 10)),
    ("elasticsearch", "", "8.5.0", None),
    # Still maintained: a cycle without a date.
    ("elasticsearch", "", "9.5.0", None),
    ("cassandra", "", "4.1.3", None),
    ("opensearch", "", "2.11.0", None),
    ("sqlite", "", "3.45.1", None),
    ("cassandra", "", "3.11.14", date(2024, 9, 5)),
    ("mysql", "", "8.0.36-0ubuntu0.22.04.1", date(2026, 4, 30)),
    ("mysql", "", "8.4.2", date(2032, 4, 30)),
    ("mysql", "", "5.7.44-log", date(2023, 10, 31)),
    ("kafka", "", "2.1.1", date(2019, 3, 22)),
    ("zookeeper", "", "3.4.6", date(2020, 6, 1)),
    ("prometheus", "", "2.53.1", date(2025, 7, 31)),
    ("grafana", "", "8.5.2", date(2023, 6, 9)),
    ("grafana", "", "12.4.0", date(2027, 5, 24)),
    # A relative ends with its own cycle, or its end is not known.
    ("mysql", "mariadb", "10.11.6-MariaDB", date(2028, 2, 16)),
    ("mysql", "mariadb", "5.5.5-10.11.6-MariaDB", date(2028, 2, 16)),
    ("mysql", "percona", "5.7.44", None),
    ("postgresql", "not known", "12.4", None),
    ("mysql", "cloudsql-mysql", "8.0.31-google", None),
    # Managed databases: the end of the vendor's standard support, later or earlier than the original's.
    ("mysql", "aurora-mysql", "8.0.32", date(2028, 4, 30)),
    ("mysql", "aurora-mysql", "8.0.mysql_aurora.3.08.0", date(2028, 4, 30)),
    ("mysql", "aurora-mysql", "5.7.12", date(2024, 10, 31)),
    ("mysql", "rds-mysql", "8.0.39", date(2026, 7, 31)),
    ("mysql", "rds-mysql", "8.4.9", date(2029, 7, 31)),
    ("mysql", "azure-mysql", "8.0.37-azure", date(2026, 12, 31)),
    ("mysql", "azure-mysql", "8.4.5-azure", None),
    ("postgresql", "aurora-postgresql", "13.23", date(2026, 2, 28)),
    ("postgresql", "rds-postgresql", "15.18", date(2028, 2, 29)),
    ("postgresql", "rds-postgresql", "9.6.24", date(2022, 4, 30)),
    ("postgresql", "azure-postgresql", "13.20", date(2026, 7, 31)),
    ("temporal", "", "1.0.0", None),
    ("custom", "", "1.0", None),
    ("postgresql", "", "unknown", None),
    ("postgresql", "", "", None),
]


@law(ENDS)
def test_a_version_ends_with_its_cycle(component: str, flavor: str, version: str, end: date | None) -> None:
    assert FROZEN.lifecycle.end_of_life(component, flavor, version) == end
