"""Writes the catalog of each schema version: the real tool does every step on a real store."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from agent.maintain.data_files import replace
from agent.maintain.repository import Repository, Tag
from agent.maintain.schema_bench import Address, ScratchDatabase, StepError
from agent.maintain.schema_steps import ReleaseSteps, read_steps, upgrade_paths
from agent.maintain.source_tree import MaintainError, numbers
from agent.model.observation import SchemaCatalog

_ABOUT = (
    "What each version of this schema looks like, as its difference from the version before; written by "
    "`python -m agent.maintain shapes` (docs/matrix.md), not by hand. A list: releases differ in the "
    "step, and each of these is right. null: not there. Left out: the tool's own tables."
)
#: Tables that `setup-schema` creates, not a step.
_TOOL_TABLES = ("schema_version.", "schema_update_history.")

#: The possible definitions of each column and index; None if it may be missing.
_Definitions = dict[tuple[str, str], set[str | None]]


def write(
    component: str,
    repository: Repository,
    modules: Sequence[Path],
    tools: Sequence[Path],
    address: Address,
    data: Path,
) -> list[str]:
    """Write the files of a component's stores, and return a report, one line per entry.

    Raises:
        MaintainError: the tools cannot do the newest steps, or the store cannot be read.
    """
    stores: dict[str, list[ReleaseSteps]] = {}
    for name, store, release in read_steps(repository, modules):
        if name == component:
            stores.setdefault(store, []).append(release)
    if not stores:
        raise MaintainError(f"no release has steps for {component}")
    lines, files = [], {}
    for store, releases in sorted(stores.items()):
        versions: dict[str, _Definitions] = {}
        sources = []
        for number, path in enumerate(upgrade_paths(releases)):
            scratch = ScratchDatabase(component, tools, address, f"temporal_shapes_{store}_{number}")
            catalogs, ended = _walk(scratch, repository, path)
            if ended and number == 0:
                raise MaintainError(ended)
            lines += [f"{component} {store}: {_source(path)}: {ended}"] if ended else []
            sources.append(_source(path))
            _add(versions, catalogs)
        files[f"{component}-{store}.json"] = _render(versions, sources)
        lines.append(f"{component} {store}: {len(versions)} versions by {len(sources)} upgrade paths")
    folder = data / "shapes"
    folder.mkdir(exist_ok=True)
    replace(folder, files)
    return lines


def _walk(
    scratch: ScratchDatabase, repository: Repository, path: list[tuple[str, ReleaseSteps]]
) -> tuple[dict[str, SchemaCatalog], str]:
    """The catalog of each version on this upgrade path, and why the path stopped early, if it did."""
    catalogs: dict[str, SchemaCatalog] = {}
    with TemporaryDirectory() as folder, scratch.created():
        versioned = Path(folder)
        for version, release in path:
            _write_step(versioned / f"v{version}", repository, release, version)
            try:
                scratch.update(versioned, version)
            except StepError as error:
                return catalogs, f"stops before {version}: {error}"
            catalogs[version] = scratch.catalog(version)
    return catalogs, ""


def _write_step(folder: Path, repository: Repository, release: ReleaseSteps, version: str) -> None:
    for name, _ in release.steps[version].files:
        path = f"{release.folder}/v{version}/{name}"
        source = release.source
        text = (
            repository.tree(source).text(path)
            if isinstance(source, Tag)
            else (source / path).read_text(encoding="utf-8")
        )
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def _source(path: Iterable[tuple[str, ReleaseSteps]]) -> str:
    """The releases that the steps come from, each with its range of versions."""
    by_release: dict[tuple[str, str], list[str]] = {}
    for version, release in path:
        by_release.setdefault((release.release, release.folder), []).append(version)
    return ", ".join(
        f"{folder}@v{release} {held[0]}" + (f" to {held[-1]}" if held[-1] != held[0] else "")
        for (release, folder), held in by_release.items()
    )


def _add(versions: dict[str, _Definitions], catalogs: Mapping[str, SchemaCatalog]) -> None:
    """Add the catalogs of one upgrade path as alternatives to those of other paths."""
    for version, catalog in catalogs.items():
        parts = {("columns", place): text for place, text in catalog.columns.items()}
        parts |= {("indexes", place): text for place, text in catalog.indexes.items()}
        parts = {part: text for part, text in parts.items() if not part[1].startswith(_TOOL_TABLES)}
        if version not in versions:
            versions[version] = {part: {text} for part, text in parts.items()}
            continue
        before = versions[version]
        for part in before.keys() | parts.keys():
            before.setdefault(part, {None}).add(parts.get(part))


def _render(versions: Mapping[str, _Definitions], sources: Sequence[str]) -> bytes:
    lines = ",\n".join(_changes(versions))
    head = f'"about": {_text(_ABOUT)},\n"ways": [\n' + ",\n".join(map(_text, sources)) + "\n]"
    return f'{{\n{head},\n"versions": [\n{lines}\n]\n}}\n'.encode()


def _changes(versions: Mapping[str, _Definitions]) -> Iterator[str]:
    """One column or index per line, for a readable diff."""
    last: _Definitions = {}
    for version in sorted(versions, key=numbers):
        definitions_now = versions[version]
        now = {part: definitions for part, definitions in definitions_now.items() if definitions != {None}}
        changed = {part: now.get(part, {None}) for part in now.keys() | last.keys()}
        changed = {part: text for part, text in changed.items() if text != last.get(part)}
        yield f'{{"version": {_text(version)}, {_kind("columns", changed)}, {_kind("indexes", changed)}}}'
        last = now


def _kind(kind: str, parts: _Definitions) -> str:
    lines = [f"{_text(part[1])}: {_text(_value(parts[part]))}" for part in sorted(parts) if part[0] == kind]
    return f"{_text(kind)}: {{" + ("\n" + ",\n".join(lines) + "\n" if lines else "") + "}"


def _value(definitions: set[str | None]) -> Any:
    several = sorted(definitions, key=lambda text: (text is not None, text or ""))
    return several[0] if len(several) == 1 else several


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
