"""Prometheus, as it is reached and as it scrapes, on real servers; what cannot be had, by its answers."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.model.observation import Facts, Failure, Observation
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.snapshot import Snapshot
from tests.probes.servers import Answer, Pages, Request
from tests.probes.test_grafana import HEALTH, HEALTH_8, PAGE, PAGE_2
from tests.probes.test_grafana import page as grafana_page
from tests.probes.test_prometheus import (
    BUILD,
    METRICS_1_8,
    METRICS_2_2,
    METRICS_THANOS,
    METRICS_VICTORIAMETRICS,
    MIMIR,
    NOT_FOUND,
    QUERY,
    THANOS,
    VICTORIAMETRICS,
    answer,
    build,
    by_path,
    vector,
)

from .agents import AgentProcess, one_cycle, result, until
from .servers.certificates import Authority
from .servers.prometheus import (
    PASSWORD,
    PrometheusBinaries,
    PrometheusServer,
    Web,
    newest_prometheus_binaries,
)
from .servers.requirement import require
from .servers.temporal import TemporalServer

#: One of the eight releases that the legend of docs/server-dependencies.md is for.
_NAMED = "1.3.2"


def _described(part: dict[str, Any], temporal: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "name": "orders-live",
        "temporal": temporal or {"metrics": ["http://127.0.0.1:1/metrics"]},
        **part,
    }


def _monitoring(url: str, **settings: Any) -> dict[str, Any]:
    return {"monitoring": {"prometheus": {"url": url, **settings}}}


def _observe(folder: Path, described: dict[str, Any], assumed: str = _NAMED) -> Snapshot:
    """One round, judged as if this release ran."""
    with one_cycle(folder, described) as cycle:
        cycle.subject = replace(cycle.subject, assumed=assumed)
        return cycle.round()


def _observation(snapshot: Snapshot, role: Role = Role.MONITORING) -> Observation:
    return next(o for o in snapshot.observations if o.target.role is role)


def _facts(snapshot: Snapshot) -> Facts:
    found = _observation(snapshot)
    assert found.facts is not None, found.failure
    return found.facts


def _failure(snapshot: Snapshot) -> Failure:
    found = _observation(snapshot)
    assert found.failure is not None, found.facts
    return found.failure


def _configuration(snapshot: Snapshot) -> tuple[Verdict, Reason]:
    told = result(snapshot, Role.MONITORING, Check.CONFIGURATION)
    return told.verdict, told.reason


def _version_of(binaries: PrometheusBinaries) -> str:
    done = subprocess.run([binaries.server, "--version"], capture_output=True, text=True, check=True)
    return (done.stdout + done.stderr).split()[2]


def _static(*targets: str) -> Mapping[str, Any]:
    return {"static_configs": [{"targets": list(targets)}]}


def test_a_prometheus_that_scrapes_neither_is_supported_and_a_finding_until_it_does(
    tmp_path: Path, prometheus: PrometheusBinaries, temporal_server: TemporalServer
) -> None:
    temporal = {"metrics": [temporal_server.metrics_url]}
    with PrometheusServer(prometheus, {}) as scraper:
        alone = _observe(tmp_path, _described(_monitoring(scraper.url), temporal))
    assert [node.version for node in _facts(alone).nodes] == [_version_of(prometheus)]
    assert _facts(alone).flavor == ""
    version = result(alone, Role.MONITORING, Check.VERSION)
    assert (version.verdict, version.reason) == (Verdict.SUPPORTED, Reason.DOCUMENTED)
    assert _configuration(alone) == (Verdict.SUPPORTED, Reason.NOT_SCRAPED)
    told = result(alone, Role.MONITORING, Check.CONFIGURATION)
    assert told in alone.judgement.findings
    assert "honor_labels" in told.message
    # It says nothing of whether the server would start, nor of the cluster.
    assert told.message not in alone.judgement.start.message

    job = _static(temporal_server.metrics_url.split("/")[2])
    with PrometheusServer(prometheus, {"temporal": job}) as scraper:
        described = _described(_monitoring(scraper.url), temporal)
        with one_cycle(tmp_path, described) as cycle:
            seen = until(cycle.round, lambda s: _configuration(s)[1] is Reason.SCRAPED)
        assert _configuration(seen) == (Verdict.SUPPORTED, Reason.SCRAPED)
        settings = _facts(seen).settings
        assert int(settings["temporal_series"]) == len(scraper.query("build_information")) > 0
        assert settings["agent_series"] == "0"
        # By what the configuration tells of another cluster, none of these series is its own.
        matched = {"prometheus": {"url": f"{scraper.url}/", "matchers": '{namespace="another"}'}}
        for another in ({"metrics": ["http://127.0.0.1:1/metrics"]}, matched):
            strange = _observe(tmp_path, _described(_monitoring(scraper.url), another))
            assert _configuration(strange) == (Verdict.SUPPORTED, Reason.NOT_SCRAPED)
        # Where it tells nothing, they may be.
        untold = _observe(tmp_path, _described(_monitoring(scraper.url), {"frontend": "127.0.0.1:1"}))
        assert _configuration(untold) == (Verdict.SUPPORTED, Reason.SCRAPED)


def test_a_prometheus_that_scrapes_only_the_agent_is_not_a_finding(
    tmp_path: Path, prometheus: PrometheusBinaries
) -> None:
    with AgentProcess([_described({})], "") as agent:
        job = {"honor_labels": True, **_static(agent.address)}
        with PrometheusServer(prometheus, {"agent": job}) as scraper:
            with one_cycle(tmp_path, _described(_monitoring(scraper.url))) as cycle:
                seen = until(cycle.round, lambda s: _configuration(s)[1] is Reason.SCRAPED)
            assert _configuration(seen) == (Verdict.SUPPORTED, Reason.SCRAPED)
            assert dict(_facts(seen).settings) == {"temporal_series": "0", "agent_series": "1"}
            # The series of another cluster are none of this one.
            other = {**_described(_monitoring(scraper.url)), "name": "orders-staging"}
            assert _configuration(_observe(tmp_path, other))[1] is Reason.NOT_SCRAPED


def test_a_prometheus_below_a_path_behind_a_password_and_tls_is_read(
    tmp_path: Path, prometheus: PrometheusBinaries, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMETHEUS_PASSWORD", PASSWORD)
    monkeypatch.setenv("WRONG_PASSWORD", "hunter2")
    login = {"user": "agent", "password": "${PROMETHEUS_PASSWORD}"}
    tls = {"ca_file": str(authority.ca)}
    with PrometheusServer(prometheus, {}, web=Web("/metrics-of-all", "agent", authority)) as scraper:
        read = _observe(tmp_path, _described(_monitoring(scraper.url, **login, tls=tls)))
        assert [node.version for node in _facts(read).nodes] == [_version_of(prometheus)]
        assert _configuration(read) == (Verdict.SUPPORTED, Reason.NOT_SCRAPED)
        refused: list[tuple[str, dict[str, Any], Reason]] = [
            (scraper.url, {"tls": tls}, Reason.AUTHENTICATION_FAILED),
            (
                scraper.url,
                {**login, "password": "${WRONG_PASSWORD}", "tls": tls},
                Reason.AUTHENTICATION_FAILED,
            ),
            (scraper.url, login, Reason.TLS_FAILED),
            (scraper.url, {**login, "tls": {**tls, "server_name": "another"}}, Reason.TLS_FAILED),
            (scraper.url.replace("https:", "http:"), {**login}, Reason.TLS_FAILED),
            (
                scraper.url.removesuffix("/metrics-of-all"),
                {**login, "tls": tls},
                Reason.NOT_IMPLEMENTED,
            ),
        ]
        for url, settings, reason in refused:
            failure = _failure(_observe(tmp_path, _described(_monitoring(url, **settings))))
            assert failure.reason is reason, failure.text
            assert "hunter2" not in failure.text


@pytest.mark.full
def test_the_newest_prometheus_is_read_alike(
    tmp_path: Path, temporal_server: TemporalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMETHEUS_PASSWORD", PASSWORD)
    login = {"user": "agent", "password": "${PROMETHEUS_PASSWORD}"}
    binaries = require(newest_prometheus_binaries)
    jobs = {"temporal": _static(temporal_server.metrics_url.split("/")[2])}
    with PrometheusServer(binaries, jobs, web=Web("/prometheus", "agent")) as scraper:
        temporal = {"metrics": [temporal_server.metrics_url]}
        described = _described(_monitoring(scraper.url, **login), temporal)
        with one_cycle(tmp_path, described) as cycle:
            cycle.subject = replace(cycle.subject, assumed=_NAMED)
            seen = until(cycle.round, lambda s: _configuration(s)[1] is Reason.SCRAPED)
    (node,) = _facts(seen).nodes
    assert node.version == _version_of(binaries)
    assert node.version.startswith("3.")
    version = result(seen, Role.MONITORING, Check.VERSION)
    assert (version.verdict, version.reason) == (Verdict.SUPPORTED, Reason.DOCUMENTED)
    assert _configuration(seen) == (Verdict.SUPPORTED, Reason.SCRAPED)


# What cannot be had: by the answers that it is known to give


def _recorded(pages: Mapping[str, Answer]) -> Callable[[Request], Answer]:
    return by_path({QUERY: vector("1"), **pages})


@pytest.mark.parametrize(
    ("pages", "verdict", "reason"),
    [
        ({BUILD: NOT_FOUND, "/metrics": Answer(METRICS_1_8)}, Verdict.UNSUPPORTED, Reason.BELOW_MINIMUM),
        ({BUILD: NOT_FOUND, "/metrics": Answer(METRICS_2_2)}, Verdict.SUPPORTED, Reason.DOCUMENTED),
        ({BUILD: build(MIMIR)}, Verdict.UNTESTED, Reason.UNTESTED_FLAVOR),
        ({BUILD: build(THANOS)}, Verdict.UNTESTED, Reason.UNTESTED_FLAVOR),
        (
            {BUILD: build(THANOS), "/metrics": Answer(METRICS_THANOS)},
            Verdict.UNTESTED,
            Reason.UNTESTED_FLAVOR,
        ),
        ({BUILD: build(VICTORIAMETRICS)}, Verdict.UNTESTED, Reason.UNTESTED_FLAVOR),
        (
            {BUILD: build(VICTORIAMETRICS), "/metrics": Answer(METRICS_VICTORIAMETRICS)},
            Verdict.UNTESTED,
            Reason.UNTESTED_FLAVOR,
        ),
    ],
)
def test_old_and_related_ones_are_judged_by_the_legend(
    tmp_path: Path, pages: Mapping[str, Answer], verdict: Verdict, reason: Reason
) -> None:
    with Pages(_recorded(pages)) as server:
        snapshot = _observe(tmp_path, _described(_monitoring(f"http://{server.address}")))
    told = result(snapshot, Role.MONITORING, Check.VERSION)
    assert (told.verdict, told.reason) == (verdict, reason)


@pytest.mark.parametrize(
    ("pages", "verdict", "reason"),
    [
        ({PAGE: grafana_page(PAGE_2.format("2.1.0"))}, Verdict.UNSUPPORTED, Reason.BELOW_MINIMUM),
        ({PAGE: grafana_page(PAGE_2.format("2.5.0"))}, Verdict.SUPPORTED, Reason.DOCUMENTED),
        ({HEALTH: answer(HEALTH_8)}, Verdict.SUPPORTED, Reason.DOCUMENTED),
        ({HEALTH: answer({"database": "ok"})}, Verdict.UNKNOWN, Reason.VERSION_UNREADABLE),
    ],
)
def test_grafana_is_judged_by_the_legend_and_does_not_decide(
    tmp_path: Path, pages: Mapping[str, Answer], verdict: Verdict, reason: Reason
) -> None:
    with Pages(by_path(pages)) as server:
        part = {"observation": {"grafana": {"url": f"http://{server.address}"}}}
        snapshot = _observe(tmp_path, _described(part))
        without = _observe(tmp_path, _described({}))
    told = result(snapshot, Role.OBSERVATION, Check.VERSION)
    assert (told.verdict, told.reason) == (verdict, reason)
    assert snapshot.judgement.verdict is without.judgement.verdict
    assert snapshot.judgement.start == without.judgement.start
