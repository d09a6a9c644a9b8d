"""The whole of /metrics: texts are joined, and rendered only where a snapshot has changed."""

from __future__ import annotations

import gzip
from dataclasses import replace

import pytest

from agent.metrics.cluster_text import ClusterText, cluster_text
from agent.metrics.exposition import OPENMETRICS, PLAIN, Format
from agent.snapshot import Snapshot
from agent.web.packing import Part
from agent.web.scrapes import Exposition
from tests.web.samples import AT, STATE, behind, silent, subject


class Scraper:
    """An exposition whose renderings are counted."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.exposition = Exposition()
        self.rendered: list[str] = []
        self.joined = 0

        def rendering(snapshot: Snapshot, before: ClusterText | None) -> ClusterText:
            self.rendered.append(snapshot.subject.name)
            return cluster_text(snapshot, before)

        def joining(*pieces: bytes) -> Part:
            self.joined += 1
            return Part(*pieces)

        monkeypatch.setattr("agent.web.scrapes.cluster_text", rendering)
        monkeypatch.setattr("agent.web.scrapes.Part", joining)

    def scrape(self, *snapshots: Snapshot, form: Format = PLAIN) -> str:
        content = self.exposition.metrics(STATE, snapshots, form)
        assert gzip.decompress(content.packed()) == content.plain()
        return content.plain().decode()


@pytest.fixture
def scraper(monkeypatch: pytest.MonkeyPatch) -> Scraper:
    return Scraper(monkeypatch)


def again(snapshot: Snapshot) -> Snapshot:
    """The same, as the next round would have made it."""
    return replace(snapshot, taken=AT)


def test_a_cluster_is_rendered_only_when_its_snapshot_has_changed(scraper: Scraper) -> None:
    first, other = behind(), silent()
    for _ in range(5):
        scraper.scrape(first, other)
    assert scraper.rendered == ["orders-live", "payments-live"]
    scraper.scrape(again(first), other)
    assert scraper.rendered == ["orders-live", "payments-live", "orders-live"]


def test_a_cluster_that_was_rendered_after_its_round_is_not_rendered_by_the_scrape(scraper: Scraper) -> None:
    snapshot = behind()
    scraper.exposition.render(snapshot)
    assert scraper.scrape(snapshot) == scraper.scrape(snapshot, form=PLAIN)
    assert scraper.rendered == ["orders-live"]


def test_families_that_have_not_changed_are_not_joined_again(scraper: Scraper) -> None:
    scraper.scrape(behind(), silent())
    before = scraper.joined
    scraper.scrape(again(behind()), silent())
    # The part with the agent's own series.
    assert scraper.joined == before + 1


def test_what_changed_is_shown_at_once(scraper: Scraper) -> None:
    assert 'product=""' in scraper.scrape(silent("a"))
    assert 'product="new"' in scraper.scrape(replace(silent("a"), subject=subject("a", "new")))


def test_both_formats_share_the_rendered_texts(scraper: Scraper) -> None:
    snapshot = behind()
    for _ in range(3):
        assert "# EOF" not in scraper.scrape(snapshot)
        assert "# EOF" in scraper.scrape(snapshot, form=OPENMETRICS)
    assert len(scraper.rendered) == 1


def test_a_cluster_that_is_gone_is_gone_at_once(scraper: Scraper) -> None:
    assert "payments-live" in scraper.scrape(behind(), silent())
    assert "payments-live" not in scraper.scrape(behind())
    assert "payments-live" in scraper.scrape(behind(), silent())


def test_the_order_of_the_clusters_is_that_of_the_configuration(scraper: Scraper) -> None:
    for names in ("ab", "ba", "abc", "cab"):
        text = scraper.scrape(*map(silent, names))
        infos = [line for line in text.splitlines() if line.startswith("temporal_compat_cluster_info")]
        assert [line.split('temporal_cluster="')[1][0] for line in infos] == list(names)
