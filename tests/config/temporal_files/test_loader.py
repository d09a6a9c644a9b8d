"""Temporal's own files: the cluster that they become, or all their error messages.

Of a good case, `.resolved` has the clusters as if written by hand; of a bad one, `.errors` has every line.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from agent.config import ConfigError, load_config
from agent.config.resolved import as_yaml
from agent.config.temporal_files import KEYS
from tests.laws import law

HERE = Path(__file__).parent
GOOD = sorted((HERE / "good").glob("*.yaml"))
BAD = sorted((HERE / "bad").glob("*.yaml"))


def resolved(path: Path) -> str:
    """The clusters, with the paths of this machine cut off."""
    clusters = yaml.safe_load(as_yaml(load_config(path)))["clusters"]
    for cluster in clusters:
        # Temporal's own files do not contain this.
        for key in ("multi_datacenter", "waivers"):
            cluster.pop(key, None)
    return yaml.safe_dump(clusters, sort_keys=False).replace(str(HERE), "HERE")


def errors(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    return [str(problem).replace(f"{HERE}/", "") for problem in caught.value.problems]


@law(GOOD)
def test_a_cluster_is_what_its_own_files_say_and_what_overrides_them(path: Path) -> None:
    assert resolved(path) == path.with_suffix(".resolved").read_text(encoding="utf-8")


@law(BAD)
def test_everything_that_cannot_be_imported_is_reported_at_once_with_its_place(path: Path) -> None:
    assert errors(path) == path.with_suffix(".errors").read_text(encoding="utf-8").splitlines()


@law(BAD)
def test_no_error_quotes_a_secret(path: Path) -> None:
    text = "\n".join(errors(path))
    assert not [word for word in ("hunter2", "aHVudGVyMg") if word in text]


def test_the_bad_files_contain_secrets_that_could_be_quoted() -> None:
    assert sum("hunter2" in path.read_text() for path in (HERE / "bad").glob("*.server")) >= 4


@law(GOOD)
def test_the_configuration_contains_no_secret(path: Path) -> None:
    config = load_config(path)
    for text in (repr(config), config.model_dump_json(), as_yaml(config)):
        assert not [word for word in ("of mysql", "of the", "of cassandra", "our own") if word in text]


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_the_resolved_configuration_means_the_same(path: Path, tmp_path: Path) -> None:
    written = tmp_path / "agent.yaml"
    written.write_text(as_yaml(load_config(path)))
    assert load_config(written).clusters == load_config(path).clusters
    assert as_yaml(load_config(written)) == written.read_text()


def test_a_cluster_file_may_import_temporal_files_too(tmp_path: Path) -> None:
    folder = tmp_path / "clusters"
    folder.mkdir()
    (folder / "server.yaml").write_text((HERE / "good" / "sqlite.server").read_text())
    (folder / "a.part").write_text("server_config: server.yaml\nproduct: orders\n")
    path = tmp_path / "agent.yaml"
    path.write_text(
        "cluster_files: [clusters/*.part]\nserver_config: clusters/server.yaml\nenvironments: []\n"
    )
    with pytest.raises(ConfigError, match="2 clusters have the name 'dev'"):
        load_config(path)
    path.write_text("cluster_files: [clusters/*.part]")
    (cluster,) = load_config(path).clusters
    assert (cluster.name, cluster.product) == ("dev", "orders")
    assert cluster.persistence is not None
    assert cluster.persistence.sqlite is not None
    assert cluster.persistence.sqlite.path == str(folder / "data" / "temporal.db")


def test_files_are_found_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").mkdir()
    for name in ("postgresql.yaml", "postgresql.server"):
        (tmp_path / "a" / name).write_text((HERE / "good" / name).read_text())
    whole = load_config(tmp_path / "a" / "postgresql.yaml")
    monkeypatch.chdir(tmp_path)
    assert load_config("a/postgresql.yaml") == whole


def test_every_key_that_names_such_files_is_documented() -> None:
    page = (HERE.parents[2] / "docs" / "configuration.md").read_text()
    assert all(f"`{key}`" in page for key in KEYS)
