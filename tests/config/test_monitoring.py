"""The settings of monitoring and observation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent.config import Cluster, load_config
from agent.model.vocabulary import Role
from agent.polling.targets import probe_specs

GOOD = Path(__file__).parent / "good"


@pytest.fixture(name="cluster", scope="module")
def _cluster() -> Cluster:
    (cluster,) = load_config(GOOD / "monitoring.yaml").clusters
    return cluster


def test_a_user_or_a_token_may_be_set_and_paths_are_relative(cluster: Cluster) -> None:
    assert cluster.monitoring is not None
    assert cluster.observation is not None
    prometheus, grafana = cluster.monitoring.prometheus, cluster.observation.grafana
    assert prometheus.secret is not None
    assert prometheus.secret.reference == str(GOOD / "password")
    assert prometheus.bearer is None
    assert prometheus.tls is not None
    assert prometheus.tls.ca_file == str(GOOD / "ca.pem")
    assert grafana.secret is None
    assert grafana.bearer is not None
    assert grafana.bearer.reference == "${GRAFANA_TOKEN}"


FRONTEND = {"frontend": "temporal:7233"}
METRICS = {
    "metrics": ("http://10.0.0.7:9090/metrics", "https://history-0/metrics", "http://[::1]:9090/metrics")
}
INSTANCES = r"{instance=~`10\.0\.0\.7:9090|history\-0(:80|:443)?|\[::1\]:9090`}"


@pytest.mark.parametrize(
    ("temporal", "matchers"),
    [
        (FRONTEND, "{}"),
        ({"prometheus": {"url": "https://p/path", "matchers": '{a="b"}'}}, '{a="b"}'),
        ({"prometheus": {"url": "https://p/path", "matchers": '{a="b"}'}, **METRICS}, '{a="b"}'),
        # Another Prometheus may give other labels to the same series.
        ({"prometheus": {"url": "https://q/path", "matchers": '{a="b"}'}}, "{}"),
        ({"prometheus": {"url": "https://q/path", "matchers": '{a="b"}'}, **METRICS}, INSTANCES),
        (METRICS, INSTANCES),
    ],
)
def test_a_cluster_s_configuration_selects_its_series(temporal: dict[str, Any], matchers: str) -> None:
    part = {"prometheus": {"url": "https://p/path/"}}
    cluster = Cluster.model_validate({"name": "orders-live", "temporal": temporal, "monitoring": part})
    (spec,) = [spec for spec in probe_specs(cluster) if spec.target.role is Role.MONITORING]
    assert (spec.settings.cluster, spec.settings.matchers) == ("orders-live", matchers)
