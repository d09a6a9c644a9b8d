"""The states of an index of Elasticsearch as visibility store, beside persistence on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ..servers.index_templates import index_templates
from ..servers.postgres import PostgresServer
from ..servers.process import free_port
from ..servers.search import SearchServer
from ..servers.stores import AnyStores
from ..servers.temporal_build import TemporalBinaries
from .case import Case, States
from .postgresql_case import Templates

#: The first release whose `visibilityStore` and `secondaryVisibilityStore` may be Elasticsearch.
_AS_VISIBILITY, _AS_SECOND = (1, 20), (1, 21)
_SECOND = "secondary_visibility"
_FIRST = "temporal_visibility_v1_first"
#: The first release without `advancedVisibilityStore`.
_NO_ADVANCED = (1, 25)


@dataclass
class SearchCase(Case):
    """The index of the store `name` of the server's configuration; the agent has the server's own file.

    Beside an index as secondary visibility store, visibility is in a good index of the same server.
    """

    databases: AnyStores
    search: SearchServer
    name: str
    index: str = "temporal_visibility_v1_case"
    port: int = 0
    client: str = "v7"

    def datastores(self) -> dict[str, Any]:
        own = self._index(self.index, self.port or self.search.port, self.client)
        first = self._index(_FIRST, self.search.port, "v7")
        primary = {"visibility": first} if self.name == _SECOND else {}
        return {**self.databases.datastores(), **primary, self.name: own}

    @staticmethod
    def _index(name: str, port: int, client: str) -> dict[str, Any]:
        url = {"scheme": "http", "host": f"127.0.0.1:{port}"}
        return {"elasticsearch": {"version": client, "url": url, "indices": {"visibility": name}}}


_Prepare = Callable[[SearchCase], object]


@dataclass(frozen=True)
class OnSearch:
    """Persistence on `postgres`, and the index on `search`."""

    postgres: PostgresServer
    search: SearchServer
    title: str = "Elasticsearch 7.17"

    def states(self, binaries: TemporalBinaries) -> States:
        """The states of this release."""
        templates = Templates(self.postgres, binaries)
        newest, oldest = _index_templates(binaries.version)
        for store in _stores(binaries.number):
            for name, prepare in _states(newest, oldest).items():
                title = f"{store.replace('_', ' ')}: {name}"
                steps = partial(_beside, newest, prepare) if store == _SECOND else prepare
                yield title, partial(self._prepared, templates, binaries, store, steps)
        templates.close()

    @contextmanager
    def _prepared(
        self, templates: Templates, binaries: TemporalBinaries, store: str, prepare: _Prepare
    ) -> Iterator[Case]:
        self.search.ask("DELETE", "/temporal_visibility_v1*")
        with templates.case() as databases:
            case = SearchCase(binaries, databases, self.search, store)
            prepare(case)
            yield case


def _stores(number: tuple[int, ...]) -> Iterator[str]:
    if number >= _AS_VISIBILITY:
        yield "visibility"
    if number >= _AS_SECOND:
        yield _SECOND
    if number < _NO_ADVANCED:
        yield "advanced_visibility"


def _index_templates(release: str) -> tuple[Path, Path]:
    """The newest and the oldest of the release."""
    folders = index_templates(release).glob("v*")
    files = [folder / "index_template_v7.json" for folder in sorted(folders, key=_template_number)]
    return files[-1], files[0]


def _template_number(folder: Path) -> int:
    return int(folder.name.removeprefix("v"))


def _states(newest: Path, oldest: Path) -> dict[str, _Prepare]:
    return {
        "as it should be": partial(_index, newest),
        "index of the oldest template": partial(_index, oldest),
        "index without a mapping": _bare,
        "no index": lambda _: None,
        "down": _down,
        "client v6": partial(_client, newest, "v6"),
        "client v8": partial(_client, newest, "v8"),
    }


def _beside(newest: Path, prepare: _Prepare, case: SearchCase) -> None:
    case.search.create_index(_FIRST, newest)
    prepare(case)


def _index(template: Path, case: SearchCase) -> None:
    case.search.create_index(case.index, template)


def _bare(case: SearchCase) -> None:
    case.search.ask("PUT", f"/{case.index}", {"mappings": {"dynamic": False}})


def _client(template: Path, client: str, case: SearchCase) -> None:
    _index(template, case)
    case.client = client


def _down(case: SearchCase) -> None:
    case.port = free_port()
