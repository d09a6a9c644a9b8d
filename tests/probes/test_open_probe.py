"""The table of probes, and what they share."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.config import (
    Cassandra,
    Elasticsearch,
    Kafka,
    MetricsTarget,
    MySql,
    PostgreSql,
    Sqlite,
    Temporal,
    Watch,
    WebApi,
    ZooKeeper,
)
from agent.config.model import PrometheusTarget
from agent.installation import install_command
from agent.model.vocabulary import Reason
from agent.probes import PROBES, ProbeError, open_probe
from agent.probes.base import clean, one_line
from tests.laws import law

SETTINGS = {
    "temporal_grpc": Temporal(frontend="127.0.0.1:1"),
    "temporal_http": Temporal(http="http://127.0.0.1:1"),
    "temporal_remotes": Temporal(frontend="127.0.0.1:1"),
    "temporal_metrics": MetricsTarget(url="http://127.0.0.1:1"),
    "temporal_prometheus": Temporal(prometheus=PrometheusTarget(url="http://127.0.0.1:1")),
    "mysql": MySql(host="127.0.0.1", port=1, database="temporal", user="agent"),
    "postgresql": PostgreSql(host="127.0.0.1", port=1, database="temporal", user="agent"),
    "sqlite": Sqlite(path="/no/such.db"),
    "elasticsearch": Elasticsearch(url="http://127.0.0.1:1", index="temporal_visibility_v1"),
    "cassandra": Cassandra(hosts=("127.0.0.1",), port=1, keyspace="temporal"),
    "kafka": Kafka(brokers=("127.0.0.1:1",)),
    "zookeeper": ZooKeeper(hosts=("127.0.0.1:1",)),
    "prometheus": Watch(WebApi(url="http://127.0.0.1:1"), "orders-live", "{}"),
    "grafana": WebApi(url="http://127.0.0.1:1"),
}


def test_the_table_names_every_kind() -> None:
    assert set(PROBES) == set(SETTINGS)
    assert all(callable(import_module(module).open_probe) for module in PROBES.values())


@law(PROBES)
def test_opening_connects_to_nothing_and_closing_twice_is_fine(kind: str) -> None:
    probe = open_probe(kind, SETTINGS[kind])
    probe.abort()
    probe.close()
    probe.close()


def test_a_driver_that_is_not_installed_is_an_expected_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    for module in ("agent.probes.postgresql", "agent.probes.transport.libpq"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    with pytest.raises(ProbeError) as caught:
        open_probe("postgresql", SETTINGS["postgresql"])
    assert caught.value.failure.reason is Reason.DRIVER_MISSING
    assert caught.value.failure.text.endswith(f"is not installed: {install_command('postgresql')}")


def test_a_driver_is_imported_only_when_its_probe_is_used() -> None:
    code = (
        "import sys; from agent.probes import open_probe; from agent.config import Sqlite;"
        "open_probe('sqlite', Sqlite(path='x'));"
        "drivers = ('cassandra', 'kafka', 'psycopg', 'pymysql', 'sqlalchemy', 'grpc', 'requests');"
        "print([name for name in drivers if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@given(text=st.text())
def test_an_error_text_is_one_short_line(text: str) -> None:
    line = one_line(text)
    assert len(line) <= 300
    assert line.isprintable()
    assert one_line(line) == line


def test_an_error_text_keeps_its_beginning() -> None:
    assert one_line("a\tb\r\n\x1b[31m c") == "a b [31m c"
    assert one_line("x" * 301) == "x" * 299 + "…"


@given(text=st.text(st.characters()))
def test_a_cleaned_text_can_be_written_and_is_otherwise_the_same(text: str) -> None:
    assert clean(text).encode().decode() == clean(text)
    assert len(clean(text)) == len(text)
    if not any(0xD800 <= ord(character) <= 0xDFFF for character in text):
        assert clean(text) == text
