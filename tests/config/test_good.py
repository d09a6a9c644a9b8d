"""Valid configurations, and what they are loaded as."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from agent.config import Config, MetricsTarget, load_config

GOOD = Path(__file__).parent / "good"


@pytest.fixture(scope="module")
def whole() -> Config:
    return load_config(GOOD / "whole.yaml")


def write(folder: Path, text: str) -> Config:
    path = folder / "agent.yaml"
    path.write_text(text, encoding="utf-8")
    return load_config(path)


def test_an_empty_file_is_a_configuration_without_clusters(tmp_path: Path) -> None:
    config = write(tmp_path, "")
    assert (config.interval, config.effective_timeout, config.effective_max_age) == (60.0, 10.0, 180.0)
    assert config.clusters == ()


def test_a_cluster_needs_a_name_and_one_endpoint_only() -> None:
    (cluster,) = load_config(GOOD / "small.yaml").clusters
    assert (cluster.name, cluster.temporal.frontend) == ("orders-live", "temporal-frontend:7233")
    assert (cluster.product, cluster.environment) == ("", "")
    assert cluster.persistence is None
    assert cluster.visibility is None


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("postgresql", "host: a, database: t, user: u"),
        ("mysql", "host: a, database: t, user: u"),
        ("cassandra", "hosts: [a], keyspace: t"),
    ],
)
def test_a_schema_is_inspected_only_if_the_configuration_enables_it(
    tmp_path: Path, kind: str, settings: str
) -> None:
    def inspects(more: str) -> bool:
        store = f"{{{kind}: {{{settings}{more}}}}}"
        text = f"clusters: [{{name: a, temporal: {{frontend: 'f:1'}}, persistence: {store}}}]"
        (cluster,) = write(tmp_path, text).clusters
        return bool(getattr(cluster.persistence, kind).inspect_schema)

    assert not inspects("")
    assert not inspects(", inspect_schema: false")
    assert inspects(", inspect_schema: true")


def test_durations_are_read_to_the_millisecond(whole: Config) -> None:
    assert (whole.interval, whole.timeout, whole.max_age) == (90.0, 2.5, 3600.0)


@pytest.mark.parametrize(
    ("text", "seconds"), [("1ms", 0.001), ("90s", 90), ("5m", 300), ("1h30m", 5400), ("1m1s1ms", 61.001)]
)
def test_a_duration_may_be_written_in_any_mix_of_units(tmp_path: Path, text: str, seconds: float) -> None:
    assert write(tmp_path, f"interval: {text}\ntimeout: 1ms").interval == seconds


def test_an_observation_counts_for_three_intervals_by_default(tmp_path: Path) -> None:
    assert write(tmp_path, "interval: 20s").effective_max_age == 60.0
    assert write(tmp_path, "interval: 20s\nmax_age: 40s").effective_max_age == 40.0


def test_clusters_keep_the_order_of_the_file_then_of_cluster_files(whole: Config) -> None:
    assert [cluster.name for cluster in whole.clusters] == ["Orders.live_1-a", "from-a", "from-b"]


def test_paths_are_relative_to_the_file_that_contains_them(whole: Config) -> None:
    main, _, other = whole.clusters
    assert main.temporal.tls is not None
    assert main.visibility is not None
    assert main.visibility.sqlite is not None
    assert main.temporal.tls.ca_file == str(GOOD / "tls/ca.pem")
    assert main.temporal.token_file == str(GOOD / "token")
    assert other.temporal.token_file == str(GOOD / "clusters/token")
    assert main.visibility.sqlite.path == str(GOOD / "stores/visibility.db")


def test_absolute_paths_stay_as_they_are(whole: Config) -> None:
    store = whole.clusters[0].persistence
    assert store is not None
    assert store.postgresql is not None
    assert store.postgresql.password_file == "/run/secrets/pg"


def test_paths_are_relative_to_the_file_also_from_another_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    config = load_config(os.path.relpath(GOOD / "whole.yaml", tmp_path))
    token = config.clusters[0].temporal.token_file
    assert token is not None
    assert Path(token).resolve() == GOOD / "token"


def test_a_plain_url_is_a_metrics_target_without_a_name(whole: Config) -> None:
    assert whole.clusters[0].temporal.metrics == (
        MetricsTarget(url="http://10.0.0.7:9090/metrics", name="history-0"),
        MetricsTarget(url="http://10.0.0.8:9090/metrics"),
    )


def test_an_anchor_may_be_used_twice(whole: Config) -> None:
    cluster = whole.clusters[2]
    assert cluster.persistence is not None
    assert cluster.persistence == cluster.visibility


def test_a_glob_without_a_match_is_not_an_error(tmp_path: Path) -> None:
    assert write(tmp_path, 'cluster_files: ["clusters.d/*.yaml", "bad\\0name"]').clusters == ()


def test_a_file_that_two_globs_match_is_one_cluster(tmp_path: Path) -> None:
    (tmp_path / "a.part").write_text("name: a\ntemporal: {frontend: 'a:7233'}")
    config = write(tmp_path, "cluster_files: ['*.part', 'a.*']")
    assert [cluster.name for cluster in config.clusters] == ["a"]


def test_the_folder_s_name_is_not_a_glob(tmp_path: Path) -> None:
    folder = tmp_path / "agents[1]"
    folder.mkdir()
    (folder / "a.part").write_text("name: a\ntemporal: {frontend: 'a:7233'}")
    assert [cluster.name for cluster in write(folder, "cluster_files: ['*.part']").clusters] == ["a"]


def test_a_configuration_never_changes(whole: Config) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        whole.interval = 1.0  # type: ignore[misc]
    with pytest.raises(ValidationError, match="frozen"):
        whole.clusters[0].temporal.frontend = "b:7233"  # type: ignore[misc]


def test_equal_files_are_equal_configurations(whole: Config) -> None:
    assert load_config(GOOD / "whole.yaml") == whole
