"""Files as people have them. The first lines of each say what must come out.

`.resolved` has the cluster as if written by hand, `.problems` every error.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from agent.config import ConfigError, load_config
from agent.config.resolved import as_yaml
from tests.laws import law

HERE = Path(__file__).parent / "field"
GOLDEN = (".resolved", ".problems")
CASES = sorted(path for path in HERE.rglob("*.yaml") if "dynamicconfig" not in path.parts)
#: What the user also wrote, and the key where the case names none.
MORE = {
    "12-swallowed-lack.values": ", persistence: {postgresql: {password_file: pw}},"
    " visibility: {postgresql: {password_file: pw}}"
}
KEYS = {"06-official-compose.compose": "server_config", "docker": "server_config"}


def outcome(case: Path, folder: Path) -> tuple[str, str]:
    """The golden file's suffix and content."""
    match = re.match(r"# use: (server_config|helm_values)", case.read_text(encoding="utf-8"))
    key = match[1] if match else KEYS[case.stem]
    name = ", name: field" if key == "helm_values" else ""
    (folder / "agent.yaml").write_text(f"clusters: [{{{key}: {case}{name}{MORE.get(case.stem, '')}}}]")
    try:
        config = load_config(folder / "agent.yaml")
    except ConfigError as error:
        lines = [str(problem) for problem in error.problems]
        return ".problems", "".join(f"{line}\n" for line in lines).replace(str(folder), "AGENT")
    (cluster,) = yaml.safe_load(as_yaml(config))["clusters"]
    for unused in ("multi_datacenter", "waivers"):
        cluster.pop(unused, None)
    return ".resolved", yaml.safe_dump(cluster, sort_keys=False, allow_unicode=True).replace(
        str(folder), "AGENT"
    )


def golden(case: Path) -> Path:
    found = [case.with_suffix(suffix) for suffix in GOLDEN if case.with_suffix(suffix).exists()]
    assert len(found) == 1, f"{case.name} has {len(found)} golden files"
    return found[0]


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PG_HOST", "PG_USER", "PG_PASSWORD"):
        monkeypatch.delenv(name, raising=False)


def test_each_file_comes_out_as_its_first_lines_say(tmp_path: Path) -> None:
    @law(CASES)
    def comes_out(case: Path) -> None:
        suffix, text = outcome(case, tmp_path)
        expected = golden(case)
        assert (suffix, text.replace(str(HERE), "FIELD")) == (
            expected.suffix,
            expected.read_text(encoding="utf-8"),
        )

    comes_out()


def test_placeholders_are_read_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PG_HOST", "PG_USER"):
        monkeypatch.setenv(name, name.lower())
    suffix, text = outcome(HERE / "09-placeholders.values.yaml", tmp_path)
    assert (suffix, text.count("\n")) == (".problems", 1)
    assert "visibility.sql.password: is the placeholder `ENC[" in text
    assert "PG_" not in text
