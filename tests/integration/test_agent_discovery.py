"""A real Prometheus finds the clusters at /sd and scrapes each by /probe, over TLS and with a password."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import bcrypt
import yaml

from tests.fleets import cluster, eventually, frontend, write_config
from tests.web.test_tls_config import running

from .servers.certificates import Authority
from .servers.prometheus import PrometheusBinaries, PrometheusServer
from .servers.requirement import require

NAMES = ["orders-live", "payments-live"]


def test_prometheus_finds_and_scrapes_every_cluster_without_knowing_its_name(
    tmp_path: Path, prometheus: PrometheusBinaries
) -> None:
    authority = require(lambda: Authority(tmp_path, "ca"))
    certificate = authority.issue("agent")
    web = tmp_path / "web.yaml"
    hashed = bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode()
    tls = {"cert_file": str(certificate.cert), "key_file": str(certificate.key)}
    web.write_text(yaml.safe_dump({"tls_server_config": tls, "basic_auth_users": {"prometheus": hashed}}))
    client = {
        "basic_auth": {"username": "prometheus", "password": "secret"},
        "tls_config": {"ca_file": str(authority.ca)},
    }
    with ExitStack() as stack:
        servers = [stack.enter_context(frontend(name=name)) for name in NAMES]
        clusters = [
            cluster(tmp_path, name, server.address) for name, server in zip(NAMES, servers, strict=True)
        ]
        config = write_config(tmp_path, clusters, timeout="5s", interval="10s", max_age="30s")
        address = stack.enter_context(running(config, web, "--no-schedule"))
        job = {
            "honor_labels": True,
            **client,
            "http_sd_configs": [{"url": f"{address}/sd", "refresh_interval": "1s", **client}],
        }
        scraper = stack.enter_context(PrometheusServer(prometheus, {"found": job}))
        assert eventually(lambda: len(scraper.query('up{job="found"} == 1')) == len(NAMES), 30)
        told = scraper.query("temporal_compat_cluster_info")
        assert sorted((labels["instance"], labels["temporal_cluster"]) for labels, _ in told) == [
            (name, name) for name in NAMES
        ]
