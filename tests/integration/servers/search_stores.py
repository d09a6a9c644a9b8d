"""Stores of a Temporal cluster whose visibility is an index of a search store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .search import SearchServer
from .stores import Stores


@dataclass(frozen=True)
class SearchStores(Stores):
    """The default store in a database, visibility in an index, and a second one where it is named.

    `search` is the server; `client` is the value of `elasticsearch.version`.
    """

    search: SearchServer | None = None
    index: str = ""
    second: str = ""
    client: str = "v7"

    def datastores(self) -> dict[str, Any]:
        """The stores as the server's configuration has them."""
        indices = {"visibility": self.index, "secondary_visibility": self.second}
        found = {"default": super().datastores()["default"]}
        return found | {name: self._index(index) for name, index in indices.items() if index}

    def _index(self, index: str) -> dict[str, Any]:
        assert self.search is not None
        return {
            "elasticsearch": {
                "version": self.client,
                "url": {"scheme": "http", "host": f"127.0.0.1:{self.search.port}"},
                "indices": {"visibility": index},
            }
        }


@dataclass(frozen=True)
class AdvancedStores(Stores):
    """Both stores in databases, and an index of `search` as the advanced visibility store of 1.3."""

    search: SearchServer | None = None
    index: str = ""

    def datastores(self) -> dict[str, Any]:
        """The stores as the server's configuration has them."""
        assert self.search is not None
        url = {"scheme": "http", "host": f"127.0.0.1:{self.search.port}"}
        index = {"elasticsearch": {"url": url, "indices": {"visibility": self.index}}}
        return super().datastores() | {"advanced_visibility": index}
