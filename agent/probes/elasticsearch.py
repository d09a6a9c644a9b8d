"""Elasticsearch and OpenSearch: the version of every node, and what the visibility index looks like.

Nothing in the cluster says which version the index has, so its whole mapping is handed on, and so is the
template that shapes the next one. Read-only: the privileges `monitor` on the cluster and
`view_index_metadata` on the index are enough; where the template needs more, it is left out and told.
Of the version, any one of `/`, `/_nodes` and `/_cluster/stats` may tell: proxies hide some of them.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from agent.config import Elasticsearch
from agent.model.observation import Facts, Failure, Node, SearchIndex
from agent.model.reasons import REFUSALS
from agent.model.vocabulary import Reason
from agent.probes.base import MAX_ANSWER, ProbeError, one_line
from agent.probes.parsing.elasticsearch import (
    TEMPLATE,
    component_of,
    fields_of,
    main_node,
    nodes_of,
    template_of,
    versions_of,
)
from agent.probes.transport.http import HttpClient, HttpError
from agent.probes.transport.secrets import basic_login, read_header_secret

#: Small metrics of every node, and of those only what is needed.
_NODES = "/_nodes/_all/process"
_NODE_FIELDS = {"filter_path": "nodes.*.name,nodes.*.version"}
#: Only the versions; the rest of this answer is about shards.
_STATS = "/_cluster/stats"
_STATS_FIELDS = {"filter_path": "nodes.versions"}

_HIDDEN = {Reason.PERMISSION_DENIED, Reason.NOT_IMPLEMENTED}
#: What a proxy answers when nothing is behind it, and a node that knows of no master.
_UNAVAILABLE = {502, 503, 504}
#: What is no list of nodes, mapping or template.
_SHAPE = (KeyError, TypeError, AttributeError, IndexError)


def open_probe(settings: Elasticsearch) -> ElasticsearchProbe:
    """A probe of one index."""
    return ElasticsearchProbe(settings)


class ElasticsearchProbe:
    """Keeps one connection. Password and key are read anew for every read."""

    def __init__(self, settings: Elasticsearch) -> None:
        self._settings = settings
        self._url = settings.url.rstrip("/")
        self._client = HttpClient(settings.tls)

    def read(self, timeout: float) -> Facts:
        """Ask for the nodes, the mapping and the template, one after the other."""
        asking = _Asking(self._client, self._url, time.monotonic() + timeout, _headers(self._settings))
        main = asking.main()
        told = asking.nodes() or main_node(main)
        if not any(node.version[:1].isdigit() for node in told):
            told = asking.versions() or told
        if not told:
            raise self._nameless(asking.limits)
        index = asking.index(self._settings.index)
        return Facts(component_of(main, told), tuple(told), index=index, limits=tuple(asking.limits))

    def abort(self) -> None:
        """End the read that hangs."""
        self._client.abort()

    def close(self) -> None:
        self._client.close()

    def _nameless(self, limits: Sequence[Failure]) -> ProbeError:
        """Why no version was told: what may be changed for it goes before what can't be read."""
        if not limits:
            return ProbeError(Reason.BAD_ANSWER, f"{self._url}: the answers name no version")
        first = next((limit for limit in limits if limit.reason in REFUSALS), limits[0])
        if first.reason not in _HIDDEN:
            return ProbeError(first.reason, first.text)
        needed = f"the version needs one of GET /, {_NODES} (privilege monitor) or {_STATS} (the same)"
        return ProbeError(first.reason, f"{needed}; {first.text}")


class _Asking:
    """The questions of one read, within one deadline and one bound on all that is answered."""

    def __init__(self, client: HttpClient, url: str, end: float, headers: Mapping[str, str]) -> None:
        self._client = client
        self._url = url
        self._end = end
        self._headers = headers
        self._left = MAX_ANSWER
        self.limits: list[Failure] = []

    def main(self) -> dict[str, Any]:
        """`GET /`; nothing where it may not be asked, as behind some proxies."""
        return self._ask("/") or {}

    def nodes(self) -> list[Node]:
        """Every node; none where that may not be asked."""
        return self._told(_NODES, _NODE_FIELDS, nodes_of)

    def versions(self) -> list[Node]:
        """A node for each version that there is; none where that may not be asked."""
        return self._told(_STATS, _STATS_FIELDS, versions_of)

    def index(self, name: str) -> SearchIndex:
        """The mapping of an index, or of all indices behind an alias, and the template of the next."""
        path = f"/{quote(name, safe='')}/_mapping"
        try:
            answer = self._get(path)
            fields = [fields_of(index["mappings"]) for index in answer.values()]
        except HttpError as error:
            _raise_if_silent(error)
            if error.status == 404 and "index_not_found" in str(error):
                return SearchIndex(None, Failure(Reason.INDEX_MISSING, f"there is no index {name}"))
            return SearchIndex(None, _lacking(error.failure, f"view_index_metadata on the index {name}"))
        except ProbeError as error:
            return SearchIndex(None, error.failure)
        except _SHAPE:
            return SearchIndex(None, Failure(Reason.BAD_ANSWER, f"{path}: the answer holds no mapping"))
        if not fields:
            return SearchIndex(None, Failure(Reason.INDEX_MISSING, f"there is no index {name}"))
        # What is not alike in all indices behind an alias, none of them can be relied on for.
        same = dict(fields[0])
        for other in fields[1:]:
            same = {field: kind for field, kind in same.items() if other.get(field) == kind}
        return SearchIndex(MappingProxyType(same), template=self._template([name, *answer]))

    def _template(self, names: Sequence[str]) -> Mapping[str, str] | None:
        """The template of Temporal's, where it is for an index of one of these names."""
        # Where there are both kinds, the composable one goes before the old one.
        for path in (f"/_index_template/{TEMPLATE}", f"/_template/{TEMPLATE}"):
            try:
                patterns, mappings = template_of(self._get(path))
            except HttpError as error:
                _raise_if_silent(error)
                # 400: a server from before this kind of template takes it for the name of an index.
                if error.status not in (400, 404, 405):
                    self.limits.append(error.failure)
                continue
            except ProbeError as error:
                self.limits.append(error.failure)
                continue
            except _SHAPE:
                # Elasticsearch 6 may answer with an empty object.
                continue
            if any(fnmatchcase(name, pattern) for name in names for pattern in patterns):
                if mappings is None:
                    text = f"{path}: the template is composed of others, which are not read"
                    self.limits.append(Failure(Reason.SCHEMA_UNREADABLE, text))
                    return None
                return MappingProxyType(mappings)
        return None

    def _told(
        self, path: str, params: Mapping[str, str], read: Callable[[Mapping[str, Any]], list[Node]]
    ) -> list[Node]:
        answer = self._ask(path, params)
        if answer is None:
            return []
        try:
            return read(answer)
        except _SHAPE:
            self.limits.append(Failure(Reason.BAD_ANSWER, f"{path}: the answer names no versions of nodes"))
            return []

    def _ask(self, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any] | None:
        """The answer; None where there is a refusal, which is one of the `limits` then."""
        try:
            return self._get(path, params)
        except HttpError as error:
            _raise_if_silent(error)
            self.limits.append(error.failure)
        except ProbeError as error:
            self.limits.append(error.failure)
        return None

    def _get(self, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        try:
            body = self._client.get(self._url + path, self._end, self._headers, params, self._left)
        except HttpError as error:
            if error.status in _UNAVAILABLE:
                raise HttpError(Reason.STORE_UNAVAILABLE, str(error), error.status) from error
            if error.failure.reason is not Reason.ANSWER_TOO_LARGE:
                raise
            self._left = 0
            text = f"GET {path}: the answers of one read are larger than {MAX_ANSWER} bytes"
            raise HttpError(Reason.ANSWER_TOO_LARGE, text, error.status) from error
        self._left -= len(body)
        if body.lstrip()[:1] == b"<":
            text = f"GET {path}: the answer is a web page, as of a login, and no JSON"
            raise ProbeError(Reason.BAD_ANSWER, text)
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise ProbeError(Reason.BAD_ANSWER, f"GET {path}: the answer is no JSON: {error}") from error
        if not isinstance(answer, dict):
            raise ProbeError(Reason.BAD_ANSWER, f"GET {path}: the answer is no JSON object")
        return answer


def _raise_if_silent(error: HttpError) -> None:
    """What says nothing, or not in time, is asked nothing more."""
    if error.status == 0 or error.failure.reason is Reason.TIMEOUT:
        raise error


def _lacking(failure: Failure, privilege: str) -> Failure:
    """The refusal with what it takes to be let in."""
    if failure.reason is not Reason.PERMISSION_DENIED:
        return failure
    return Failure(failure.reason, one_line(f"the privilege {privilege} is missing: {failure.text}"))


def _headers(settings: Elasticsearch) -> dict[str, str]:
    headers = {"Accept": "application/json"}
    if settings.key is not None:
        headers["Authorization"] = f"ApiKey {read_header_secret(settings.key, 'api_key')}"
    if settings.secret is not None:
        headers["Authorization"] = basic_login(settings.user, settings.secret)
    return headers
