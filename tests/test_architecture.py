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

#: The rooms of the house, the lowest floor first. A room may import rooms of lower floors and no others.
FLOORS = (
    ("installation",),
    ("model", "demo"),
    ("components", "mixin"),
    ("config",),
    ("matrix", "probes"),
    ("verdict", "matrix_sources"),
    ("upgrade", "maintain"),
    ("snapshot",),
    ("polling", "metrics"),
    ("daemon", "reports"),
    ("web",),
    ("cli",),
)
FLOOR_OF = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}

PURE = ("model", "components", "matrix", "verdict", "upgrade", "snapshot")

#: Writes the matrix' data files, by hand; the program that runs does not use it.
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

#: The one pure module that reads files: those that come with the package.
LOAD = "agent.matrix.load"

#: Who may import which driver.
DRIVERS = {
    "cassandra": {"agent.probes.transport.cql", "agent.probes.transport.cql_decoder"},
    "kafka": {"agent.probes.transport.kafka_protocol"},
    "grpc": {
        "agent.probes.transport.grpc_channel",
        "agent.probes.transport.grpc_core",
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
    "psycopg": {"agent.probes.transport.libpq", "agent.probes.transport.libpq_messages"},
    "pymysql": {"agent.probes.mysql"},
    "sqlalchemy": {
        "agent.probes.transport.sql_engine",
        "agent.probes.catalog.postgresql_engine",
        "agent.probes.mysql",
    },
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
    return within_any(name, tuple(f"agent.{part}" for part in PURE))


def called(module: str) -> set[str]:
    """The names that a module calls, attributes by their last part."""
    functions = [node.func for node in ast.walk(TREES[module]) if isinstance(node, ast.Call)]
    names = {node.attr for node in functions if isinstance(node, ast.Attribute)}
    return names | {node.id for node in functions if isinstance(node, ast.Name)}


PURE_MODULES = [module for module in TREES if is_pure(module)]


def room_of(name: str) -> str:
    """`verdict` of `agent.verdict.store.plugin`; empty for the package itself (`agent.__version__`)."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in FLOOR_OF else ""


def test_every_module_lives_in_a_room() -> None:
    assert {module for module in TREES if not room_of(module)} == {"agent"}


def test_a_room_imports_only_rooms_of_lower_floors() -> None:
    upward = {
        f"{module} imports {name}"
        for module in TREES
        for name in imports(module)
        if within(name, "agent") and room_of(name) and room_of(name) != room_of(module)
        if FLOOR_OF[room_of(name)] >= FLOOR_OF[room_of(module)]
    }
    assert upward == set()


def test_records_of_components_import_nothing_of_the_agent_but_the_model() -> None:
    strangers = {
        f"{module} imports {name}"
        for module in TREES
        if within(module, "agent.components")
        for name in imports(module)
        if within(name, "agent") and not within_any(name, ("agent.components", "agent.model"))
    }
    assert strangers == set()


def test_the_pure_core_is_there() -> None:
    assert {room_of(module) for module in PURE_MODULES} <= set(PURE)
    for part in ("model.versions", "model.observation", "matrix.load", "verdict", "upgrade", "snapshot"):
        assert f"agent.{part}" in PURE_MODULES


def test_the_pure_core_uses_nothing_that_reaches_outside() -> None:
    strangers = {
        f"{module} imports {name}"
        for module in PURE_MODULES
        for name in imports(module)
        if not is_pure(name) and not within_any(name, FOR_LOAD if module == LOAD else FOR_PURE)
    }
    assert strangers == set()


def test_the_pure_core_reads_no_clock_no_file_and_nothing_by_name() -> None:
    clocks = {"now", "utcnow", "today", "time", "monotonic"}
    forbidden = clocks | {"open", "print", "input", "__import__", "eval"}
    calls = {f"{module} calls {name}" for module in PURE_MODULES for name in called(module) & forbidden}
    assert calls == set()
    assert {module for module in PURE_MODULES if {"read_bytes", "read_text"} & called(module)} <= {LOAD}


def test_a_probe_does_not_import_another_probe() -> None:
    wrong = {
        f"{module} imports {name}"
        for module in TREES
        if within(module, "agent.probes")
        for name in imports(module)
        if within(name, "agent.probes") and not within_any(name, PROBE_HELPERS)
    }
    assert wrong == set()


def test_every_file_of_the_probes_is_in_the_table_or_a_shared_helper() -> None:
    files = {module for module in TREES if within(module, "agent.probes")} - {"agent.probes"}
    assert files == PROBE_MODULES | PROBE_HELPERS


def test_nobody_but_the_table_imports_a_probe() -> None:
    assert {m for m in TREES for name in imports(m) if within_any(name, PROBE_MODULES)} == set()


def test_a_driver_is_imported_in_its_own_files_only() -> None:
    strangers = {
        f"{module} imports {name}"
        for module in TREES
        for name in imports(module)
        if not within_any(module, DRIVERS.get(name.partition(".")[0], {"agent"}))
    }
    assert strangers == set()


def test_the_web_imports_no_probe_no_matrix_and_no_daemon() -> None:
    forbidden = tuple(f"agent.{part}" for part in ("probes", "matrix", "polling", "daemon", "model.versions"))
    found = {
        f"{module} imports {name}"
        for module in TREES
        if within(module, "agent.web")
        for name in imports(module)
        if within_any(name, forbidden)
    }
    # The backend only passes the matrix on to its report, so it needs the type's name.
    assert found == {"agent.web.backend imports agent.matrix.Matrix"}


def test_nobody_imports_what_writes_the_matrix_data_files() -> None:
    others = (module for module in TREES if not within(module, MAINTENANCE))
    assert {m for m in others for name in imports(m) if within(name, MAINTENANCE)} == set()


def test_reports_and_pages_read_documents_and_only_these_are_made_from_what_was_judged() -> None:
    readers = {module for module in TREES if within_any(module, ("agent.reports", "agent.web"))}
    readers -= {module for module in readers if module.endswith("_document")}
    judged = ("agent.verdict", "agent.matrix", "agent.model.observation")
    found = {(module, name) for module in readers for name in imports(module) if within_any(name, judged)}
    assert found == {("agent.web.backend", "agent.matrix.Matrix")}
    templates = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "web").rglob("*.html"))
    assert not [word for word in ("snapshot", "judgement", "observation") if word in templates]


def test_probes_and_verdicts_meet_in_the_cluster_poller_only() -> None:
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


def test_every_module_says_what_it_is_for() -> None:
    texts = {module: ast.get_docstring(tree) or "" for module, tree in TREES.items()}
    assert {m for m, text in texts.items() if not text.partition("\n")[0].endswith((".", ":"))} == set()


def test_no_file_has_more_than_300_lines_and_most_not_more_than_220() -> None:
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert {name for name, length in lengths.items() if length > 300} == set()
    assert sum(length > 220 for length in lengths.values()) <= len(lengths) / 10
    assert median(lengths.values()) <= 142


# How tests are written

#: Files of tests that may sleep, and why. What runs against real servers is not in question here.
MAY_SLEEP = {
    "fleets.py": "`eventually` pauses between two looks at a condition",
    "probes/servers.py": "a peer that is too slow for a deadline of a socket",
}
WITH_REAL_SERVERS = ("integration", "benchmarks", "evidence")


def test_no_test_waits_on_the_real_clock() -> None:
    """Wait for an event or poll with `eventually`, which a green run leaves at once, or replace the clock."""
    folder = Path(__file__).parent
    sleeping = set()
    for path in folder.rglob("*.py"):
        place = path.relative_to(folder).as_posix()
        if place.split("/")[0] not in WITH_REAL_SERVERS:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            sleeping |= {place for node in ast.walk(tree) if _sleeps(node)}
    assert sleeping == MAY_SLEEP.keys()


def _sleeps(node: ast.AST) -> bool:
    match node:
        case ast.ImportFrom(module="time" | "asyncio", names=imported):
            return any(alias.name == "sleep" for alias in imported)
        # `asyncio.sleep(0)` lets other tasks run, and waits for no clock.
        case ast.Call(func=ast.Attribute(attr="sleep"), args=[ast.Constant(value=0)]):
            return False
        case ast.Call(func=ast.Attribute(attr="sleep")):
            return True
    return False
