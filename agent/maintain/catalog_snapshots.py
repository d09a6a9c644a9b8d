"""Writes what each schema version looks like: every step, done by the real tool on a real store."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from agent.maintain.data_files import replace
from agent.maintain.repository import Repository, Tag
from agent.maintain.schema_bench import Address, ScratchDatabase, StepError
from agent.maintain.schema_steps import ReleaseSteps, read_steps, walks
from agent.maintain.source_tree import MaintainError, numbers
from agent.model.observation import SchemaCatalog

_ABOUT = (
    "What each version of this schema looks like, as its difference from the version before; written by "
    "`python -m agent.maintain shapes` (docs/matrix.md), not by hand. A list: releases differ in the "
    "step, and each of these is right. null: not there. Left out: the tool's own tables."
)
#: Made by `setup-schema` and not by a step.
_OWN = ("schema_version.", "schema_update_history.")

#: What one part may be: definitions, or None where it is not there.
_Told = dict[tuple[str, str], set[str | None]]


def write(
    component: str,
    repository: Repository,
    modules: Sequence[Path],
    tools: Sequence[Path],
    address: Address,
    data: Path,
) -> list[str]:
    """Writes the files of a component's stores, and tells what was done.

    Raises:
        MaintainError: the newest steps can't be done, or the store can't be read.
    """
    stores: dict[str, list[ReleaseSteps]] = {}
    for found, store, release in read_steps(repository, modules):
        if found == component:
            stores.setdefault(store, []).append(release)
    if not stores:
        raise MaintainError(f"no release has steps for {component}")
    said, files = [], {}
    for store, releases in sorted(stores.items()):
        versions: dict[str, _Told] = {}
        sources = []
        for number, way in enumerate(walks(releases)):
            bench = ScratchDatabase(component, tools, address, f"temporal_shapes_{store}_{number}")
            told, ended = _walk(bench, repository, way)
            if ended and number == 0:
                raise MaintainError(ended)
            said += [f"{component} {store}: {_source(way)}: {ended}"] if ended else []
            sources.append(_source(way))
            _add(versions, told)
        files[f"{component}-{store}.json"] = _render(versions, sources)
        said.append(f"{component} {store}: {len(versions)} versions by {len(sources)} ways")
    folder = data / "shapes"
    folder.mkdir(exist_ok=True)
    replace(folder, files)
    return said


def _walk(
    bench: ScratchDatabase, repository: Repository, way: list[tuple[str, ReleaseSteps]]
) -> tuple[dict[str, SchemaCatalog], str]:
    """What each version looks like on this way, and why the way ended before its last version."""
    told: dict[str, SchemaCatalog] = {}
    with TemporaryDirectory() as folder, bench.made():
        versioned = Path(folder)
        for version, release in way:
            _lay_out(versioned / f"v{version}", repository, release, version)
            try:
                bench.update(versioned, version)
            except StepError as error:
                return told, f"ends before {version}: {error}"
            told[version] = bench.shape(version)
    return told, ""


def _lay_out(folder: Path, repository: Repository, release: ReleaseSteps, version: str) -> None:
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


def _source(way: Iterable[tuple[str, ReleaseSteps]]) -> str:
    """The releases whose steps these are, each with the versions that it gives."""
    given: dict[tuple[str, str], list[str]] = {}
    for version, release in way:
        given.setdefault((release.release, release.folder), []).append(version)
    return ", ".join(
        f"{folder}@v{release} {held[0]}" + (f" to {held[-1]}" if held[-1] != held[0] else "")
        for (release, folder), held in given.items()
    )


def _add(versions: dict[str, _Told], told: Mapping[str, SchemaCatalog]) -> None:
    """Beside what other ways told of the same versions."""
    for version, shape in told.items():
        parts = {("columns", place): text for place, text in shape.columns.items()}
        parts |= {("indexes", place): text for place, text in shape.indexes.items()}
        parts = {part: text for part, text in parts.items() if not part[1].startswith(_OWN)}
        if version not in versions:
            versions[version] = {part: {text} for part, text in parts.items()}
            continue
        before = versions[version]
        for part in before.keys() | parts.keys():
            before.setdefault(part, {None}).add(parts.get(part))


def _render(versions: Mapping[str, _Told], sources: Sequence[str]) -> bytes:
    lines = ",\n".join(_changes(versions))
    head = f'"about": {_text(_ABOUT)},\n"ways": [\n' + ",\n".join(map(_text, sources)) + "\n]"
    return f'{{\n{head},\n"versions": [\n{lines}\n]\n}}\n'.encode()


def _changes(versions: Mapping[str, _Told]) -> Iterator[str]:
    """One part a line, so that a difference reads well."""
    last: _Told = {}
    for version in sorted(versions, key=numbers):
        told = versions[version]
        now = {part: definitions for part, definitions in told.items() if definitions != {None}}
        changed = {part: now.get(part, {None}) for part in now.keys() | last.keys()}
        changed = {part: text for part, text in changed.items() if text != last.get(part)}
        yield f'{{"version": {_text(version)}, {_kind("columns", changed)}, {_kind("indexes", changed)}}}'
        last = now


def _kind(kind: str, parts: _Told) -> str:
    lines = [f"{_text(part[1])}: {_text(_value(parts[part]))}" for part in sorted(parts) if part[0] == kind]
    return f"{_text(kind)}: {{" + ("\n" + ",\n".join(lines) + "\n" if lines else "") + "}"


def _value(definitions: set[str | None]) -> Any:
    several = sorted(definitions, key=lambda text: (text is not None, text or ""))
    return several[0] if len(several) == 1 else several


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
