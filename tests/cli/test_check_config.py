"""`check --config.file` and `config check`: waivers, overlays and newer matrices count as in the daemon."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent.config import ConfigError
from tests.building import MATRIX
from tests.commands import answer, command, document
from tests.daemon.test_daemon import CALM
from tests.daemon.test_daemon_matrix import MINE, WAIVER
from tests.fleets import cluster, frontend, write_config
from tests.matrix_sources import bundles
from tests.matrix_sources.bundles import newer, write


@pytest.fixture
def mine(tmp_path: Path) -> str:
    path = tmp_path / "mine.yaml"
    path.write_text(MINE)
    return str(path)


def checked(folder: Path, schema: str = "0.11", **keys: Any) -> tuple[int, dict[str, Any]]:
    with frontend() as server:
        one = cluster(folder, "a", server.address, schema=schema) | keys.pop("cluster", {})
        path = write_config(folder, [one], **CALM, **keys)
        return document("check", "--config.file", str(path))


def test_a_waived_finding_leaves_the_exit_code_and_is_marked(tmp_path: Path) -> None:
    code, read = checked(tmp_path, schema="0.9")
    assert (code, read["verdict"], read["would_start"]) == (1, "unsupported", True)
    code, read = checked(tmp_path, schema="0.9", cluster={"waivers": [WAIVER]})
    assert (code, read["verdict"], read["would_start"]) == (0, "supported", True)
    found = answer(read, "persistence", "schema")
    assert found is not None
    assert (found["verdict"], found["reason"], found["waived"]) == ("unsupported", "schema_behind", True)
    (waiver,) = read["clusters"][0]["waivers"]
    assert waiver == WAIVER | {"has_ended": False, "matches": True}


def test_an_expired_waiver_has_no_effect_and_is_reported(tmp_path: Path) -> None:
    ended = WAIVER | {"until": "2020-01-01"}
    code, read = checked(tmp_path, schema="0.9", cluster={"waivers": [ended]})
    assert (code, read["verdict"]) == (1, "unsupported")
    findings = {finding["reason"]: finding for finding in read["clusters"][0]["findings"]}
    assert findings["waiver_expired"]["verdict"] == "supported"
    assert not findings["schema_behind"]["waived"]
    assert read["clusters"][0]["waivers"][0]["has_ended"]


def test_the_text_marks_what_is_waived_with_its_comment(tmp_path: Path) -> None:
    with frontend() as server:
        one = cluster(tmp_path, "a", server.address, schema="0.9") | {"waivers": [WAIVER]}
        result = command("check", "--config.file", str(write_config(tmp_path, [one], **CALM)))
    assert result.exit_code == 0
    (line,) = [line for line in result.stdout.splitlines() if "schema_behind" in line]
    assert line.strip().startswith("unsupported")
    assert line.endswith("(waived until 2999-12-31: upgraded next week)")


def test_an_overlay_counts(tmp_path: Path, mine: str) -> None:
    code, read = checked(tmp_path, matrix={"overlays": [mine]})
    assert (code, read["verdict"]) == (0, "untested")
    found = answer(read, "persistence", "version")
    assert found is not None
    assert found["source"] == "our own tests (overlay mine.yaml)"


def test_an_older_bundle_is_reported_on_standard_error_and_the_built_in_matrix_is_used(
    tmp_path: Path,
) -> None:
    write(tmp_path, bundles.older())
    with frontend() as server:
        one = cluster(tmp_path, "a", server.address)
        path = write_config(tmp_path, [one], **CALM, matrix={"file": "matrix.json"})
        result = command("check", "--config.file", str(path), "--format", "json")
    assert result.exit_code == 0
    assert "is not used: it was published on" in result.stderr
    assert f"using the matrix of {MATRIX.published} instead" in result.stderr


def test_config_check_looks_at_the_files_of_the_matrix(tmp_path: Path, mine: str) -> None:
    file = write(tmp_path, newer())
    path = write_config(tmp_path, [], **CALM, matrix={"overlays": [mine], "file": str(file)})
    assert command("config", "check", str(path)).exit_code == 0
    Path(mine).write_text("statements: 7")
    with pytest.raises(ConfigError, match="statements: write a list here"):
        command("config", "check", str(path))


def test_config_check_asks_no_address(tmp_path: Path) -> None:
    matrix = {"url": "https://127.0.0.1:1/matrix.json", "sha256": "f" * 64}
    path = write_config(tmp_path, [], **CALM, matrix=matrix)
    result = command("config", "check", str(path))
    assert (result.exit_code, result.stderr) == (0, "")


def test_config_check_prints_the_notes_about_the_server_s_own_file(tmp_path: Path) -> None:
    (tmp_path / "server.yaml").write_text(
        "persistence: {defaultStore: a, visibilityStore: a,"
        " datastores: {a: {cassandra: {hosts: c, keyspace: k}}}}\n"
        "services: {frontend: {rpc: {grpcPort: 7233, bindOnIP: 10.0.0.1}}}\n"
        "clusterMetadata: {currentClusterName: live, masterClustername: live}\n"
        "global: {authorization: {authorizer: default}}\n"
        "dynamicConfigClient: {filepath: gone.yaml}\n"
    )
    path = tmp_path / "agent.yaml"
    path.write_text("clusters: [{server_config: server.yaml}]")
    result = command("config", "check", str(path))
    assert result.exit_code == 0
    for note in ("did you mean `masterClusterName`?", "`temporal.token_file`", "gone.yaml, which is not on"):
        assert "live: server.yaml:" in result.stderr
        assert note in result.stderr
    path.write_text("clusters: [{server_config: server.yaml, temporal: {token_file: token, tls: {}}}]")
    assert "token_file" not in command("config", "check", str(path)).stderr


def test_several_files_are_checked_at_once(tmp_path: Path) -> None:
    files = [str(tmp_path / name) for name in ("a.yaml", "b.yaml", "c.yaml")]
    for file, text in zip(files, ("one: 1\n", "clusters: []\n", "two: 2\n"), strict=True):
        Path(file).write_text(text)
    with pytest.raises(ConfigError) as caught:
        command("config", "check", *files)
    assert {problem.file for problem in caught.value.problems} == {files[0], files[2]}
    assert command("config", "check", files[1], files[1]).stdout.count("is valid") == 2
    for flag in ("--probe", "--resolved"):
        refused = command("config", "check", flag, *files)
        assert (refused.exit_code, "take one file" in refused.stderr) == (2, True)
