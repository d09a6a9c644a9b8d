"""The rules of dependency: what may import what, read from the source."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

import agent
from agent.probes import PROBES

ROOT = Path(agent.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))


def name_of(path: Path) -> str:
    parts = ("agent", *path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


TREES = {name_of(path): ast.parse(path.read_text(encoding="utf-8")) for path in FILES}
EVERY = [pytest.param(module, id=module) for module in TREES]

PURE = ("model", "matrix", "verdict", "upgrade", "snapshot")

#: Makes the matrix' files anew, by hand; no part of the program that runs.
MAINTENANCE = "agent.maintain"

#: All that the pure core may use besides itself. `datetime` is there for dates; no clock is read.
FOR_PURE = {
    "__future__",
    "collections.Counter",
    "collections.abc",
    "dataclasses",
    "datetime.date",
    "difflib",
    "enum",
    "functools",
    "itertools",
    "packaging.specifiers",
    "packaging.version",
    "re",
    "shlex",
    "types",
    "typing",
}
#: The matrix' files come with the package, so reading them is no input or output of the program.
FOR_LOAD = FOR_PURE | {"hashlib", "importlib.resources", "json"}

#: Who may import which driver.
DRIVERS = {
    "cassandra": {"agent.probes.transport.cql", "agent.probes.transport.cql_decoder"},
    "kafka": {"agent.probes.transport.kafka_protocol"},
    "grpc": {
        "agent.probes.transport.grpc_channel",
        "agent.probes.temporal_grpc",
        "agent.probes.temporal_remotes",
        "agent.demo",
    },
    "temporalio": {"agent.probes.temporal_grpc", "agent.probes.temporal_remotes", "agent.demo"},
    "requests": {
        "agent.probes.transport.http",
        "agent.probes.transport.http_session",
        "agent.matrix_sources.fetch",
    },
    "psycopg": {"agent.probes.transport.libpq"},
    "pymysql": {"agent.probes.mysql"},
    "sqlalchemy": {"agent.probes.transport.sql", "agent.probes.mysql", "agent.probes.postgresql"},
    "sqlite3": {"agent.probes.sqlite", "agent.demo"},
}

PROBE_MODULES = set(PROBES.values())
#: What several probes share: no driver's own business, no answer of their own.
PROBE_HELPERS = {"agent.probes.base"}
#: Rooms of such helpers, every file of them.
PROBE_HELPERS |= {
    module
    for module in TREES
    for room in ("catalog", "parsing", "transport")
    if module.startswith(f"agent.probes.{room}")
}


def imports(module: str) -> Iterator[str]:
    """Every import of a module, also inside functions: `json`, `datetime.date`, `agent.matrix.load`."""
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def within_any(name: str, packages: Iterator[str] | set[str] | tuple[str, ...]) -> bool:
    return any(within(name, package) for package in packages)


def is_pure(name: str) -> bool:
    if within(name, MAINTENANCE):
        return False
    return within_any(name, tuple(f"agent.{part}" for part in PURE))


def called(module: str) -> set[str]:
    """The names that a module calls, attributes by their last part."""
    functions = [node.func for node in ast.walk(TREES[module]) if isinstance(node, ast.Call)]
    names = {node.attr for node in functions if isinstance(node, ast.Attribute)}
    return names | {node.id for node in functions if isinstance(node, ast.Name)}


PURE_MODULES = [module for module in TREES if is_pure(module)]


def test_the_pure_core_is_there() -> None:
    for part in ("model.versions", "model.observation", "matrix.load", "verdict", "upgrade", "snapshot"):
        assert f"agent.{part}" in PURE_MODULES


@pytest.mark.parametrize("module", PURE_MODULES)
def test_the_pure_core_uses_nothing_that_reaches_outside(module: str) -> None:
    allowed = FOR_LOAD if module == "agent.matrix.load" else FOR_PURE
    strangers = {name for name in imports(module) if not is_pure(name) and not within_any(name, allowed)}
    assert strangers == set()


@pytest.mark.parametrize("module", PURE_MODULES)
def test_the_pure_core_reads_no_clock_no_file_and_nothing_by_name(module: str) -> None:
    forbidden = {
        "now",
        "utcnow",
        "today",
        "time",
        "monotonic",
        "open",
        "print",
        "input",
        "__import__",
        "eval",
    }
    assert called(module) & forbidden == set()
    reads_files = {"read_bytes", "read_text"} & called(module)
    assert not reads_files or module == "agent.matrix.load"


@pytest.mark.parametrize("module", [module for module in TREES if within(module, "agent.probes")])
def test_a_probe_knows_nothing_of_matrix_verdicts_metrics_or_other_probes(module: str) -> None:
    forbidden = (
        "matrix",
        "verdict",
        "upgrade",
        "snapshot",
        "metrics",
        "web",
        "polling",
        "daemon",
        "reports",
        "cli",
    )
    for name in imports(module):
        assert not within_any(name, tuple(f"agent.{part}" for part in forbidden)), name
        assert not within_any(name, PROBE_MODULES), name
        if within(name, "agent.probes"):
            assert within_any(name, PROBE_HELPERS), name


def test_every_file_of_the_probes_is_in_the_table_or_a_shared_helper() -> None:
    files = {module for module in TREES if within(module, "agent.probes")} - {"agent.probes"}
    assert files == PROBE_MODULES | PROBE_HELPERS


@pytest.mark.parametrize("module", EVERY)
def test_nobody_but_the_table_imports_a_probe(module: str) -> None:
    for name in imports(module):
        assert not within_any(name, PROBE_MODULES), name


@pytest.mark.parametrize("module", EVERY)
def test_a_driver_is_imported_in_its_own_probe_s_file_only(module: str) -> None:
    for name in imports(module):
        allowed = DRIVERS.get(name.partition(".")[0])
        assert allowed is None or within_any(module, allowed), name


@pytest.mark.parametrize("module", [module for module in TREES if within(module, "agent.web")])
def test_the_web_reads_snapshots_and_knows_no_probe_matrix_or_daemon(module: str) -> None:
    forbidden = ("probes", "matrix", "polling", "daemon", "model.versions")
    for name in imports(module):
        assert not within_any(name, tuple(f"agent.{part}" for part in forbidden)), name


@pytest.mark.parametrize("module", [module for module in TREES if not within(module, "agent.cli")])
def test_nobody_imports_the_command_line(module: str) -> None:
    assert not any(within(name, "agent.cli") for name in imports(module))


@pytest.mark.parametrize("module", [module for module in TREES if not within(module, MAINTENANCE)])
def test_nobody_imports_what_makes_the_matrix_files(module: str) -> None:
    assert not any(within(name, MAINTENANCE) for name in imports(module))


def test_what_probes_and_what_judges_meet_in_the_cycle_only() -> None:
    probing = {"agent.probes", "agent.polling.probe_runner"}
    judging = {"agent.verdict.judge", "agent.snapshot.take"}
    meet = {
        module
        for module in TREES
        if any(within_any(name, probing) for name in imports(module)) and judging & set(imports(module))
    }
    assert meet == {"agent.polling.cluster_poller"}


@pytest.mark.parametrize("module", ["agent.polling.cluster_poller", "agent.cli", "agent.daemon.daemon"])
def test_no_driver_is_loaded_before_a_probe_needs_it(module: str) -> None:
    drivers = ("cassandra", "grpc", "kafka", "psycopg", "pymysql", "sqlalchemy", "requests")
    loaded = f"[name for name in {drivers} if name in sys.modules]"
    program = f"import sys, {module}; print({loaded})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("module", EVERY)
def test_every_module_says_what_it_is_for(module: str) -> None:
    text = ast.get_docstring(TREES[module])
    assert text
    assert text.splitlines()[0].endswith((".", ":"))


def test_no_file_has_more_than_300_lines_and_most_not_more_than_220() -> None:
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert {name for name, length in lengths.items() if length > 300} == set()
    assert sum(length > 220 for length in lengths.values()) <= len(lengths) / 10
    assert median(lengths.values()) <= 142
