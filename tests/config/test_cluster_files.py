"""Files with one cluster each: with `watch: true` an error in one of them concerns only this cluster."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from agent.config import ClusterFiles, ConfigError, load_config, load_valid_part
from tests.laws import law

MAIN = "watch: true\ncluster_files: ['clusters/*.yaml']\nenvironments: [live]\nclusters:\n- "


def cluster(name: str, more: str = "environment: live") -> str:
    return f"{{name: {name}, {more}, temporal: {{frontend: '{name}:7233'}}}}"


def write(folder: Path, main: str = MAIN + cluster("own"), **files: str) -> Path:
    (folder / "clusters").mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / "clusters" / f"{name}.yaml").write_text(text)
    (folder / "agent.yaml").write_text(main)
    return folder / "agent.yaml"


def names(path: Path, before: ClusterFiles | None = None) -> tuple[list[str], list[str], ClusterFiles]:
    """The clusters, the names of rejected files, and what to pass to the next load."""
    config, files = load_valid_part(path, before)
    return [each.name for each in config.clusters], [Path(file).stem for file in files.rejected], files


@law(
    [
        "{{{",
        "name: [",
        "",
        "just text",
        cluster("bad", "environment: nowhere"),
        cluster("bad", "environment: live, colour: red"),
        cluster("own"),
        cluster("good"),
        "{name: bad, environment: live}",
        "{name: bad, environment: live, server_config: missing.yaml}",
        "\0",
    ]
)
def test_a_file_with_errors_is_left_out(text: str) -> None:
    with TemporaryDirectory() as folder:
        _leave_out(Path(folder), text)


def _leave_out(folder: Path, text: str) -> None:
    path = write(folder, bad=text, other=cluster("other"), good=cluster("good-one"))
    clusters, rejected, _ = names(path)
    expected = ["own", "good-one", "other"]
    if text == cluster("good"):
        expected.insert(1, "good")
    assert clusters == expected
    assert rejected == ([] if text == cluster("good") else ["bad"])
    if rejected:
        with pytest.raises(ConfigError, match=r"clusters/bad\.yaml|missing\.yaml"):
            load_config(path)


def test_the_last_valid_version_of_a_file_stays_while_it_has_errors(tmp_path: Path) -> None:
    path = write(tmp_path, a=cluster("a"), b=cluster("b"))
    _, _, files = names(path)
    write(tmp_path, a="{{{", c=cluster("c"))
    for _ in range(2):
        clusters, rejected, files = names(path, files)
        assert clusters == ["own", "a", "b", "c"]
        assert rejected == ["a"]
    write(tmp_path, a=cluster("a2"))
    assert names(path, files)[:2] == (["own", "a2", "b", "c"], [])


def test_a_kept_cluster_gives_way_to_a_new_one_of_its_name(tmp_path: Path) -> None:
    _, _, files = names(write(tmp_path, a=cluster("a")))
    path = write(tmp_path, a="{{{", b=cluster("a"))
    assert names(path, files)[:2] == (["own", "a"], ["a"])
    (tmp_path / "clusters" / "b.yaml").unlink()
    path = write(tmp_path, MAIN + cluster("a"))
    assert names(path, files)[:2] == (["a"], ["a"])


def test_files_with_the_same_name_of_a_cluster_are_both_rejected(tmp_path: Path) -> None:
    path = write(tmp_path, a=cluster("a"), b=cluster("a"))
    assert names(path)[:2] == (["own"], ["a", "b"])


@law([MAIN.replace("watch: true", "watch: false") + cluster("own"), MAIN + cluster("own", "colour: red")])
def test_every_error_is_reported_together_where_none_may_be_left_out(main: str) -> None:
    with TemporaryDirectory() as folder:
        path = write(Path(folder), main, bad="{{{")
        with pytest.raises(ConfigError) as caught:
            load_valid_part(path)
    assert any("bad.yaml" in str(problem) for problem in caught.value.problems)
