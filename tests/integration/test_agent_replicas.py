"""Three replicas share the clusters: a real Prometheus says when, a proxy or a relabelling says which one."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.fleets import cluster, eventually
from tests.frontends import CountingFrontends, counting_frontends

from .agents import AgentProcess
from .servers.nginx import NginxServer
from .servers.prometheus import PrometheusBinaries, PrometheusServer

_NAMES = [f"cluster-{number}" for number in range(12)]
_DOCUMENTED_ADDRESSES = [f"agent-{number}:17233" for number in range(3)]
_PAGE = Path(__file__).parents[2] / "docs" / "http.md"
#: Between two scrapes of a cluster, and how far two probes may be from it on a loaded machine, in seconds.
_INTERVAL = 2.0
_TOLERANCE = 0.9


@dataclass
class Replicas:
    """Three agents with one configuration, which probe only on request."""

    agents: list[AgentProcess]
    frontends: CountingFrontends

    def configured(self, example: str) -> str:
        """An example of the documentation, for these processes and this interval."""
        for documented, agent in zip(_DOCUMENTED_ADDRESSES, self.agents, strict=True):
            assert documented in example
            example = example.replace(documented, agent.address)
        return example

    def calls(self, since: float = 0.0) -> dict[str, list[float]]:
        """For each cluster, the moments at which its frontend was called."""
        return {
            name: [moment for moment in moments if moment >= since]
            for name, moments in zip(_NAMES, self.frontends.calls, strict=True)
        }

    def probed(self, since: float) -> set[str]:
        """The clusters that were probed since then."""
        return {name for name, moments in self.calls(since).items() if moments}

    def wait(self, since: float, names: set[str]) -> None:
        """Until each of these clusters was probed four times since then."""
        assert eventually(lambda: all(len(self.calls(since)[name]) >= 4 for name in names), 40)

    def irregular(self, since: float = 0.0) -> dict[str, list[float]]:
        """The clusters with a pause between two probes that is not the interval, and their pauses."""
        pauses = {
            name: [after - before for before, after in pairwise(moments)]
            for name, moments in self.calls(since).items()
        }
        return {
            name: found
            for name, found in pauses.items()
            if any(abs(pause - _INTERVAL) > _TOLERANCE for pause in found)
        }


@contextmanager
def _replicas(folder: Path) -> Iterator[Replicas]:
    with ExitStack() as stack:
        frontends = stack.enter_context(counting_frontends(len(_NAMES)))
        clusters = [
            cluster(folder, name, address) for name, address in zip(_NAMES, frontends.addresses, strict=True)
        ]
        agents = [AgentProcess(clusters, "", ["--no-schedule"]) for _ in _DOCUMENTED_ADDRESSES]
        for agent in agents:
            stack.enter_context(agent)
        yield Replicas(agents, frontends)


def _examples(language: str) -> list[str]:
    section = _PAGE.read_text().partition("## Several replicas\n")[2].partition("\n## ")[0]
    return re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)


def _job(example: str) -> dict[str, Any]:
    (job,) = yaml.safe_load(example)["scrape_configs"]
    times = {"scrape_interval": f"{_INTERVAL:g}s", "scrape_timeout": f"{_INTERVAL:g}s"}
    return {name: value for name, value in {**job, **times}.items() if name != "job_name"}


def _up(scraper: PrometheusServer, value: int) -> set[str]:
    return {labels["instance"] for labels, _ in scraper.query(f'up{{job="replicas"}} == {value}')}


@pytest.mark.full
def test_behind_a_proxy_the_others_take_over_from_a_killed_replica(
    tmp_path: Path, prometheus: PrometheusBinaries, nginx_program: Path
) -> None:
    example, _ = _examples("yaml")
    (proxy_example,) = _examples("nginx")
    upstreams, listens, locations = proxy_example.partition("server {\n    listen 17233;")
    assert listens
    with _replicas(tmp_path) as replicas:
        upstreams, names = replicas.configured(upstreams), set(_NAMES)
        with NginxServer(nginx_program, locations.rstrip().removesuffix("}"), upstreams=upstreams) as proxy:
            assert "agents:17233" in example
            job = _job(example.replace("agents:17233", proxy.address))
            with PrometheusServer(prometheus, {"replicas": job}) as scraper:
                replicas.wait(0.0, names)
                assert replicas.irregular() == {}
                # Every cluster has stayed at one replica.
                assert [len(peers) for peers in replicas.frontends.peers] == [1] * len(_NAMES)
                before = replicas.calls()
                killed = time.monotonic()
                replicas.agents[1].stop(kill=True)
                replicas.wait(killed, names)
                assert _up(scraper, 1) == names
        assert replicas.irregular(since=killed) == {}
        late = {
            name: calls[0] - before[name][-1]
            for name, calls in replicas.calls(since=killed).items()
            if calls[0] - before[name][-1] > _INTERVAL + _TOLERANCE
        }
        assert late == {}
        # Only the clusters of the killed replica have moved.
        assert {len(peers) for peers in replicas.frontends.peers} == {1, 2}


@pytest.mark.full
def test_without_a_proxy_up_names_the_clusters_of_a_killed_replica(
    tmp_path: Path, prometheus: PrometheusBinaries
) -> None:
    _, example = _examples("yaml")
    with _replicas(tmp_path) as replicas:
        job = _job(replicas.configured(example))
        with PrometheusServer(prometheus, {"replicas": job}) as scraper:
            replicas.wait(0.0, set(_NAMES))
            assert replicas.irregular() == {}
            # The first in the list, which also answers /sd first.
            replicas.agents[0].stop(kill=True)
            killed = time.monotonic()
            assert eventually(lambda: replicas.probed(killed) | _up(scraper, 0) == set(_NAMES), 20)
            down = _up(scraper, 0)
            replicas.wait(killed, set(_NAMES) - down)
            assert _up(scraper, 0) == down
            assert _up(scraper, 1) == set(_NAMES) - down != set()
        assert replicas.irregular() == {}
        assert replicas.probed(since=killed) == set(_NAMES) - down
        assert {len(peers) for peers in replicas.frontends.peers} == {1}
