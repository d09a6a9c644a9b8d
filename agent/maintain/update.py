"""`update`: brings the data files up to date from Go modules alone, without a clone."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

from agent.maintain import bundle, manual_releases
from agent.maintain import data_files as files
from agent.maintain.go_modules import MODULE, Module
from agent.maintain.manual_releases import release_line
from agent.maintain.module_review import Review
from agent.maintain.source_tree import MaintainError, numbers
from agent.maintain.written_releases import source_releases, tagged_releases

PUBLISHED = "published.json"
DYNAMIC_KEYS = "dynamic_keys.json"
INDEX_FIELDS = "index_fields.json"

#: Writes the shapes of one component into `shapes` of a folder, and returns a report. Its arguments: the
#: folders of modules with new schema steps, and that folder. It raises MaintainError if store or tool fail.
ShapeWriter = Callable[[Sequence[Path], Path], list[str]]


class Modules(Protocol):
    """The module proxy, as `GoModules` reads it."""

    def versions(self) -> tuple[str, ...]: ...

    def module(self, version: str) -> Module: ...


@dataclass
class _Data:
    """The data files as documents. `contents`: the new bytes of those that this update writes."""

    folder: Path
    contents: dict[str, bytes] = field(default_factory=dict)

    def document(self, name: str) -> Any:
        try:
            return json.loads((self.folder / name).read_bytes())
        except (OSError, ValueError) as error:
            raise MaintainError(f"{self.folder / name}: {error}") from error

    def changed(self) -> dict[str, bytes]:
        """The files whose bytes differ."""
        return {
            name: content
            for name, content in self.contents.items()
            if (self.folder / name).read_bytes() != content
        }


def update(
    modules: Modules,
    folder: Path,
    out: Path | None,
    today: date,
    writers: Mapping[str, ShapeWriter] | None = None,
) -> list[str]:
    """Read every release that the proxy lists and the files lack; return a report, one line per entry.

    All files are complete and checked before the first is replaced. `today` becomes the date of the matrix,
    but only if something else changes, so a second run changes nothing. `out`: where to write the bundle.
    `writers`: by component, who writes its shapes if a new release has new schema steps for it.

    Raises:
        MaintainError: the proxy does not answer, a release cannot be read, it is not the one that was read
            before, or shapes cannot be written. Nothing is written then.
    """
    data, writers = _Data(folder), writers or {}
    try:
        lines, new_steps = _read_new(modules, data, writers)
    except (KeyError, TypeError) as error:
        raise MaintainError(f"{folder}: the data files are incomplete: {error!r}") from error
    if changed := data.changed():
        head = data.document(PUBLISHED)
        day = max(today.isoformat(), head["published"], _newest_day(data))
        changed[PUBLISHED] = files.render_lines(head | {"published": day})
    with TemporaryDirectory() as scratch:
        content, about = _bundle(folder, changed, Path(scratch))
    with TemporaryDirectory() as scratch:
        shapes, report = _shapes(writers, new_steps, Path(scratch))
    if shapes:
        (folder / "shapes").mkdir(exist_ok=True)
        files.replace(folder / "shapes", shapes)
        lines += report
    if changed:
        files.replace(folder, changed)
        lines.append(f"written: {', '.join(sorted(changed))}")
    if out is not None and not (out.exists() and out.read_bytes() == content):
        files.replace(out.parent, {out.name: content})
        lines += [f"{out}: {about[0].partition(': ')[2]}", *about[1:]]
    return lines


def _bundle(folder: Path, changed: Mapping[str, bytes], scratch: Path) -> tuple[bytes, list[str]]:
    """The bundle of the new files, which also checks them, and what to report about it."""
    for path in folder.glob("*.json"):
        (scratch / path.name).write_bytes(changed.get(path.name, path.read_bytes()))
    out = scratch / "bundle"
    try:
        about = bundle.write(scratch, out)
    except MaintainError as error:
        raise MaintainError(str(error).replace(str(scratch), "the new data files")) from error
    return out.read_bytes(), about


def _shapes(
    writers: Mapping[str, ShapeWriter], new_steps: Mapping[str, Sequence[Module]], scratch: Path
) -> tuple[dict[str, bytes], list[str]]:
    """The new files of shapes, by name, and what to report about them."""
    report = []
    for component in sorted(writers.keys() & new_steps.keys()):
        folders = [_extracted(module, scratch) for module in new_steps[component]]
        report += writers[component](folders, scratch)
    return {path.name: path.read_bytes() for path in (scratch / "shapes").glob("*.json")}, report


def _extracted(module: Module, scratch: Path) -> Path:
    """A folder with the schema files of a module, named as in Go's module cache."""
    root = scratch / f"{MODULE}@v{module.version}"
    for path in module.tree.paths:
        if path.startswith("schema/"):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(module.tree.text(path), encoding="utf-8")
    return root


def _read_new(
    modules: Modules, data: _Data, writers: Mapping[str, ShapeWriter]
) -> tuple[list[str], Mapping[str, Sequence[Module]]]:
    """Put the new contents of all files into `data`; return a report, and the releases with new steps."""
    by_hand, releases = data.document(files.BY_HAND), data.document(files.RELEASES)
    listed = modules.versions()
    known = {entry["version"] for entry in releases["releases"]}
    new = [version for version in listed if version not in known]
    lines = [_checked(modules, line, listed) for line in by_hand["releases"]]
    review = Review(modules.module, listed, new, data.document("plugins.json"), writers)
    for version in new:
        module = modules.module(version)
        lines.append(_line(module))
        review.add(module, lines[-1])
    lines.sort(key=lambda line: numbers(line["version"]))
    _write_releases(data, by_hand, lines, releases)
    keys = data.document(DYNAMIC_KEYS)
    templates = data.document(INDEX_FIELDS)
    data.contents[DYNAMIC_KEYS] = files.render_lines(review.with_dropped_keys(keys))
    data.contents[INDEX_FIELDS] = files.render_lines(review.with_templates(templates))
    report = [f"{version}: new" for version in new]
    unlisted = [line["version"] for line in lines if line["version"] not in listed]
    if unlisted:
        report.append(f"the module proxy does not list {', '.join(unlisted)}; their data stay")
    return report + [f"decide: {text}" for text in review.decisions], review.new_steps


def _checked(modules: Modules, line: dict[str, Any], listed: tuple[str, ...]) -> dict[str, Any]:
    """The line of a release that was read before, if the proxy still serves the same files."""
    version = line["version"]
    if version not in listed or not line["source"].startswith(f"{MODULE}@"):
        return line
    module = modules.module(version)
    if "sum" not in line:
        return _line(module)
    if (line["sum"], line["published"]) != (module.sum, module.published):
        raise MaintainError(
            f"{MODULE}@v{version} is not the module that was read: it has the checksum {module.sum} and the "
            f"date {module.published}, not {line['sum']} and {line['published']}. Its tag was moved, or the "
            f"proxy is wrong. If the new one is right, remove its line from {files.BY_HAND} and "
            f"{files.RELEASES}, and update again"
        )
    return line


def _line(module: Module) -> dict[str, Any]:
    return {**release_line(module.version, module.published, module.tree), "sum": module.sum}


def _write_releases(
    data: _Data, by_hand: dict[str, Any], lines: list[dict[str, Any]], releases: Mapping[str, Any]
) -> None:
    own = {line["version"] for line in lines}
    exist = [version for version in by_hand["known_to_exist"] if version not in own]
    content = files.render(by_hand | {"known_to_exist": exist, "releases": lines})
    manual = manual_releases.read_document(json.loads(content))
    schemas = data.document(files.SCHEMA_VERSIONS)
    tagged = tagged_releases(releases, schemas, own)
    merged = files.merge(tagged, manual)
    if lost := source_releases(schemas) - {release.version for release in merged}:
        names = ", ".join(sorted(lost, key=numbers))
        raise MaintainError(
            f"{files.SCHEMA_VERSIONS} has folders of {names}, which {files.RELEASES} lacks: "
            "run the command `releases` with a clone"
        )
    data.contents |= {
        files.BY_HAND: content,
        files.RELEASES: files.releases_file(merged, manual),
        files.SCHEMA_VERSIONS: files.schema_versions_file(merged),
    }


def _newest_day(data: _Data) -> str:
    entries = json.loads(data.contents[files.RELEASES])["releases"]
    return max(entry["published"] or "" for entry in entries)
