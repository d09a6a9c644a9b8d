"""The variables of a container, and its paths on this machine."""

from __future__ import annotations

from pathlib import Path

from agent.config.document import Document
from agent.config.environment.variables import ContainerEnvironment, variable


def test_a_mounted_path_is_found_on_this_machine(tmp_path: Path) -> None:
    (tmp_path / "conf" / "inner").mkdir(parents=True)
    (tmp_path / "conf" / "inner" / "a.yaml").touch()
    mounts = {"/etc/temporal/config": tmp_path / "conf", "/one": tmp_path / "conf" / "inner" / "a.yaml"}
    container = ContainerEnvironment({}, Document("c"), (), mounts=mounts)
    here = tmp_path / "conf" / "inner" / "a.yaml"
    for path in ("/etc/temporal/config/inner/a.yaml", "config/inner/a.yaml", "/one"):
        assert container.on_this_machine(path) == here
    for path in ("/etc/temporal/config/other", "/etc/other", "a" * 5000, "/one/\0"):
        assert container.on_this_machine(path) is None


def test_a_variable_has_a_value_or_the_reason_why_not() -> None:
    assert variable("${A}b", Document("c"), (), {"A": "a"}).value == "ab"
    assert "needs the variable A" in variable("${A}b", Document("c"), (), {}).error
