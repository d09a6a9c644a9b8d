"""`python -m tests.frozen`: write the frozen matrix again, from the agent's own data files."""

from __future__ import annotations

import json
from typing import Any

from packaging.specifiers import SpecifierSet

from agent.matrix.load import FILES, read_built_in
from tests.frozen import DATA, RELEASES

Document = dict[str, Any]


def cut(name: str, document: Document) -> Document:
    """The part of a data file that concerns the releases of the frozen matrix."""
    match name:
        case "releases":
            return document | {
                "sources": {"default": document["sources"]["default"]},
                "known_to_exist": [],
                "releases": [entry for entry in document["releases"] if entry["version"] in RELEASES],
            }
        case "document":
            return document | {"releases": {r: e for r, e in document["releases"].items() if r in RELEASES}}
        case "evidence":
            # Every run of the trials adds some; examples do without them.
            return document | {"runs": []}
        case "advisories":
            return document | {"advisories": [e for e in document["advisories"] if _concerns(e["releases"])]}
    return document


def _concerns(specifiers: list[str]) -> bool:
    return any(release in SpecifierSet(text) for text in specifiers for release in RELEASES)


def cut_schemas(schemas: Document, releases: Document) -> Document:
    """Each list up to the newest version that one of the releases needs."""
    lists = {}
    for store, entry in schemas["lists"].items():
        versions: list[str] = entry["versions"]
        needed = [versions.index(need) for need in _needs(releases, store) if need in versions]
        if needed:
            lists[store] = entry | {"versions": versions[: max(needed) + 1]}
    return schemas | {"lists": lists}


def _needs(releases: Document, store: str) -> list[str]:
    # A folder without a database's version, such as mysql, is that of the oldest one.
    folder, _, part = store.rpartition("/")
    folders = {folder, folder.partition("/")[0]}
    return [r["schema"].get(f, {}).get(part) for r in releases["releases"] for f in folders]


def rendered(document: Document) -> str:
    """JSON with one entry a line, as the agent's own data files are."""
    lines = []
    for key, value in document.items():
        match value:
            case list():
                text = "[\n" + ",\n".join(_json(each) for each in value) + "\n]"
            case dict():
                text = "{\n" + ",\n".join(f"{_json(k)}: {_json(v)}" for k, v in value.items()) + "\n}"
            case _:
                text = _json(value)
        lines.append(f"{_json(key)}: {text}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def frozen_files() -> dict[str, str]:
    """The contents of every file of the frozen matrix, by name."""
    data = {name: cut(name, document) for name, document in read_built_in(("published", *FILES)).items()}
    data["schema_versions"] = cut_schemas(data["schema_versions"], data["releases"])
    return {name: rendered(document) for name, document in data.items()}


def main() -> None:
    for name, text in frozen_files().items():
        (DATA / f"{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
