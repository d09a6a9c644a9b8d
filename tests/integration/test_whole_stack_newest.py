"""Every column at once with the Temporal of today, and what of the document is left without one of its time.

test_whole_stack.py has that one: it takes minutes, and runs with the full tier.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.model.vocabulary import Check, Reason, Role, Verdict

from .agents import AgentProcess, cluster, every_endpoint, observe, one_cycle, until
from .servers.prometheus import PrometheusBinaries
from .servers.search import SearchServer
from .servers.temporal import TemporalServer
from .whole_stack import (
    Around,
    answers,
    assumed,
    own_version,
    scraper,
    start_around,
    uses_no_kafka,
    versions,
    without_kafka,
    yes,
)

#: Once Prometheus has scraped what tells the server's build.
_SCRAPED = {(Role.MONITORING, Check.CONFIGURATION): yes(Reason.SCRAPED)}


@pytest.fixture(scope="module")
def around() -> Iterator[Around]:
    """What the stack has around Temporal."""
    with start_around() as running:
        yield running


@pytest.fixture
def newest(temporal_server: TemporalServer, monkeypatch: pytest.MonkeyPatch) -> TemporalServer:
    """Temporal 1.31.2 on PostgreSQL 15, whose password is known to the agent."""
    monkeypatch.setenv("TEMPORAL_STORE_PASSWORD", temporal_server.stores.postgres.password)
    return temporal_server


def test_1_31_2_with_every_column_is_right_and_needs_no_kafka(
    tmp_path: Path, prometheus: PrometheusBinaries, newest: TemporalServer, around: Around
) -> None:
    with scraper(prometheus, newest) as prom:
        described = {**cluster(newest.stores, every_endpoint(newest)), **around.described(prom)}
        with one_cycle(tmp_path, described) as cycle:
            whole = until(cycle.round, lambda s: _SCRAPED.items() <= answers(s).items())
        without = observe(tmp_path, without_kafka(described))
        own = own_version(prom)
    found = versions(whole)
    databases = {found.pop(role).pop().split()[0] for role in (Role.PERSISTENCE, Role.VISIBILITY)}
    assert {database.split(".")[0] for database in databases} == {"15"}
    assert found == {
        Role.SERVER: {"1.31.2"},
        Role.EVENT_STREAMING: {"2.1"},
        Role.COORDINATION: {"3.4.6"},
        Role.MONITORING: {own},
        Role.OBSERVATION: {"8.0.6"},
    }
    uses_no_kafka(whole)
    # Of Prometheus and Grafana, the releases after those of the document name what they develop with.
    untested = {
        (role, Check.VERSION): (Verdict.UNTESTED, Reason.UNTESTED_SERIES)
        for role in (Role.MONITORING, Role.OBSERVATION)
    }
    assert {
        key: found for key, found in answers(whole).items() if found[0] is not Verdict.SUPPORTED
    } == untested
    assert answers(whole)[Role.SERVER, Check.TOOLCHAIN] == yes(Reason.DOCUMENTED)
    # A component that this release does not use is reported, too.
    assert {(finding.role, finding.reason) for finding in whole.judgement.findings} == {
        (Role.EVENT_STREAMING, Reason.NOT_USED),
        (Role.COORDINATION, Reason.NOT_USED),
        (Role.MONITORING, Reason.UNTESTED_SERIES),
        (Role.OBSERVATION, Reason.UNTESTED_SERIES),
    }
    for snapshot in (whole, without):
        assert snapshot.judgement.verdict is Verdict.SUPPORTED
        assert snapshot.judgement.start.would_start is True
    assert not [r for r in without.judgement.results if r.role in (Role.EVENT_STREAMING, Role.COORDINATION)]


def test_the_same_stack_is_unsupported_for_1_3_0_once_kafka_is_taken_away(
    tmp_path: Path, elasticsearch7: SearchServer, around: Around, newest: TemporalServer
) -> None:
    """Everyday's part of what is asked of a real 1.3.0 above: here the release is assumed."""
    search = {"search": {"elasticsearch": {"url": elasticsearch7.url, "index": "nowhere"}}}
    streaming = {
        "kafka": {"brokers": [around.kafka.address]},
        "zookeeper": {"hosts": [around.zookeeper.address]},
    }
    described = {**cluster(newest.stores, {"frontend": newest.grpc_address}), **search}
    with_kafka = assumed(tmp_path, {**described, "event_streaming": streaming}, "1.3.0")
    without = assumed(tmp_path, described, "1.3.0")
    for role in (Role.EVENT_STREAMING, Role.COORDINATION):
        assert answers(with_kafka)[role, Check.VERSION] == yes(Reason.DOCUMENTED)
        assert answers(with_kafka)[role, Check.REQUIRED] == yes(Reason.CONFIGURED)
        assert answers(without)[role, Check.REQUIRED] == (Verdict.UNSUPPORTED, Reason.MISSING)
    assert without.judgement.verdict is Verdict.UNSUPPORTED


def test_a_configuration_of_one_line_is_all_that_the_daemon_needs(newest: TemporalServer) -> None:
    agent = AgentProcess([], "")
    agent.config.write_text(f"server_config: {newest.config_file}\n")
    with agent:
        document = agent.cluster("active")
        metrics = agent.get("/metrics").text
    assert (document["verdict"], document["would_start"], document["findings"]) == ("supported", True, [])
    up = [line for line in metrics.splitlines() if line.startswith("temporal_compat_probe_up{")]
    found = {tuple(re.findall(r'(?:role|probe)="([a-z]+)"', line)): line.split()[-1] for line in up}
    assert found == {
        ("grpc", "server"): "1.0",
        ("http", "server"): "1.0",
        ("metrics", "server"): "1.0",
        ("sql", "persistence"): "1.0",
        ("sql", "visibility"): "1.0",
    }
