"""A module proxy in a folder, in the layout that Go's client reads from GOPROXY=file://…"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from unittest.mock import patch
from zipfile import ZipFile

from tests.frozen import DATA as FROZEN_DATA
from tests.integration.servers import toolchain
from tests.maintain.layouts import BY_HAND, Files, latest_age

MODULE = "go.temporal.io/server"
TEMPLATE = "schema/elasticsearch/visibility/versioned/v14/index_template_v7.json"
CONSTANTS = "common/dynamicconfig/constants.go"
CONFIG = "common/config/config.go"


def module_files(version: str, default: str = "1.19", keys: tuple[str, ...] = ("history.a",)) -> Files:
    """What a release of today has, with these dynamic keys."""
    templates = json.loads((FROZEN_DATA / "index_fields.json").read_bytes())["templates"]
    fields: dict[str, str] = {}
    for line in templates:
        fields |= {name: types if isinstance(types, str) else types[0] for name, types in line["set"].items()}
        fields = {name: type_ for name, type_ in fields.items() if name not in line["removed"]}
    settings = "".join(f'\tX{n} = NewGlobalIntSetting(\n\t\t"{key}",\n' for n, key in enumerate(keys))
    return latest_age(version, default) | {
        TEMPLATE: template(**fields),
        CONSTANTS: f"package dynamicconfig\n\nvar (\n{settings})\n",
        CONFIG: config("defaultStore", "visibilityStore"),
    }


def template(**fields: str) -> str:
    return json.dumps({"mappings": {"properties": {name: {"type": type_} for name, type_ in fields.items()}}})


def config(*keys: str) -> str:
    return (
        "type (\n\tPersistence struct {\n"
        + "".join(f'\t\tX string `yaml:"{k}"`\n' for k in keys)
        + "\t}\n)\n"
    )


class ModuleProxy:
    """The folder. Publish releases, or damage what it serves."""

    def __init__(self, root: Path) -> None:
        self.folder = root / MODULE / "@v"
        self.folder.mkdir(parents=True)
        self.url = root.as_uri()

    def publish(self, version: str, files: Mapping[str, str], day: str = "2026-12-01") -> None:
        """Serve a release, and list it."""
        content = BytesIO()
        with ZipFile(content, "w") as archive:
            for path, text in files.items():
                archive.writestr(f"{MODULE}@v{version}/{path}", text)
        listed = self.folder / "list"
        names = {*(listed.read_text().split() if listed.exists() else ()), f"v{version}"}
        self.write(version, "zip", content.getvalue())
        self.write(version, "mod", f"module {MODULE}\n\ngo 1.20\n".encode())
        self.write(
            version, "info", json.dumps({"Version": f"v{version}", "Time": f"{day}T04:00:00Z"}).encode()
        )
        listed.write_text("".join(f"{name}\n" for name in sorted(names)))

    def write(self, version: str, kind: str, content: bytes) -> None:
        (self.folder / f"v{version}.{kind}").write_bytes(content)

    @contextmanager
    def used(self, cache: Path) -> Iterator[None]:
        """Go's client reads this proxy alone, with a module cache of its own."""
        path = f"{toolchain.go().parent}{os.pathsep}{os.environ['PATH']}"
        client = {"GOPROXY": self.url, "GOSUMDB": "off", "GOMODCACHE": str(cache), "GOFLAGS": "-modcacherw"}
        with patch.dict(os.environ, {**client, "PATH": path}):
            yield


def small_data(root: Path) -> Path:
    """The data files of the frozen matrix, as if its releases had all come from tags."""
    root.mkdir()
    for path in FROZEN_DATA.glob("*.json"):
        (root / path.name).write_bytes(path.read_bytes())
    schemas = (root / "schema_versions.json").read_text()
    for source in ("go.temporal.io/server@v1.32.2 (Go module)", "temporalio/temporal@v1.23.1"):
        schemas = schemas.replace(source, "temporalio/temporal@v1.31.2")
    (root / "schema_versions.json").write_text(schemas)
    by_hand = BY_HAND | {"releases": [], "known_to_exist": ["1.31.9"]}
    (root / "releases_by_hand.json").write_text(json.dumps(by_hand))
    return root
