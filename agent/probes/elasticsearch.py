"""Elasticsearch and OpenSearch: the version of every node, and the mapping of the visibility index.

The cluster does not record the version of the index. So the probe returns the whole mapping, and the template
for the next index. All requests are read-only: the privileges `monitor` on the cluster and
`view_index_metadata` on the index are enough. If the template needs more, it is left out and reported as
unreadable. Any one of `/`, `/_nodes` and `/_cluster/stats` is enough for the version, because proxies hide
some of them.
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

#: The smallest metrics of every node, filtered to the fields that are needed.
_NODES = "/_nodes/_all/process"
_NODE_FIELDS = {"filter_path": "nodes.*.name,nodes.*.version"}
#: Only the versions; most of this answer is about shards.
_STATS = "/_cluster/stats"
_STATS_FIELDS = {"filter_path": "nodes.versions"}

_HIDDEN = {Reason.PERMISSION_DENIED, Reason.NOT_IMPLEMENTED}
#: Errors of the parsers if an answer is not a list of nodes, a mapping or a template.
_MALFORMED = (KeyError, TypeError, AttributeError, IndexError)


def open_probe(settings: Elasticsearch) -> ElasticsearchProbe:
    """A probe of one index."""
    return ElasticsearchProbe(settings)


class ElasticsearchProbe:
    """Keeps one connection. Password and key are read again for every read."""

    def __init__(self, settings: Elasticsearch) -> None:
        self._settings = settings
        self._url = settings.url.rstrip("/")
        self._client = HttpClient(settings.tls, settings.proxy_url)

    def read(self, timeout: float) -> Facts:
        """Read the nodes, the mapping and the template, one after the other."""
        requests = _Requests(self._client, self._url, time.monotonic() + timeout, _headers(self._settings))
        main = requests.main()
        nodes = requests.nodes() or main_node(main)
        if not any(node.version[:1].isdigit() for node in nodes):
            nodes = requests.versions() or nodes
        if not nodes:
            raise self._no_version(requests.gaps)
        index = requests.index(self._settings.index)
        found = component_of(main, nodes)
        return Facts(
            found.component, tuple(nodes), flavor=found.flavor, index=index, gaps=tuple(requests.gaps)
        )

    def abort(self) -> None:
        """End a read that hangs."""
        self._client.abort()

    def close(self) -> None:
        self._client.close()

    def _no_version(self, gaps: Sequence[Failure]) -> ProbeError:
        """Why there is no version. Missing permissions come first, because the user can grant them."""
        if not gaps:
            return ProbeError(Reason.BAD_ANSWER, f"{self._url}: the answers contain no version")
        first = next((gap for gap in gaps if gap.reason in REFUSALS), gaps[0])
        if first.reason not in _HIDDEN:
            return ProbeError(first.reason, first.text)
        needed = f"to read the version, allow one of GET /, {_NODES} or {_STATS} (privilege monitor)"
        return ProbeError(first.reason, f"{needed}; {first.text}")


class _Requests:
    """The requests of one read, with one deadline and one limit on the total size of the answers."""

    def __init__(self, client: HttpClient, url: str, end: float, headers: Mapping[str, str]) -> None:
        self._client = client
        self._url = url
        self._end = end
        self._headers = headers
        self._left = MAX_ANSWER
        self.gaps: list[Failure] = []

    def main(self) -> dict[str, Any]:
        """`GET /`; empty if it is not allowed, as behind some proxies."""
        return self._ask("/") or {}

    def nodes(self) -> list[Node]:
        """Every node; none if the request is not allowed."""
        return self._parsed_nodes(_NODES, _NODE_FIELDS, nodes_of)

    def versions(self) -> list[Node]:
        """One node for each version in the cluster; none if the request is not allowed."""
        return self._parsed_nodes(_STATS, _STATS_FIELDS, versions_of)

    def index(self, name: str) -> SearchIndex:
        """The mapping of an index or of all indices behind an alias, and the template for the next index."""
        path = f"/{quote(name, safe='')}/_mapping"
        try:
            answer = self._get(path)
            fields = [fields_of(index["mappings"]) for index in answer.values()]
        except HttpError as error:
            _raise_if_silent(error)
            if error.status == 404 and "index_not_found" in str(error):
                return SearchIndex(None, Failure(Reason.INDEX_MISSING, f"there is no index {name}"))
            return SearchIndex(
                None, _with_missing_privilege(error.failure, f"view_index_metadata on the index {name}")
            )
        except ProbeError as error:
            return SearchIndex(None, error.failure)
        except _MALFORMED:
            return SearchIndex(None, Failure(Reason.BAD_ANSWER, f"{path}: the answer contains no mapping"))
        if not fields:
            return SearchIndex(None, Failure(Reason.INDEX_MISSING, f"there is no index {name}"))
        # Only fields that are the same in all indices behind an alias are reliable.
        same = dict(fields[0])
        for other in fields[1:]:
            same = {field: kind for field, kind in same.items() if other.get(field) == kind}
        return SearchIndex(MappingProxyType(same), template=self._template([name, *answer]))

    def _template(self, names: Sequence[str]) -> Mapping[str, str] | None:
        """Temporal's template, if its patterns match an index with one of these names."""
        # If both kinds exist, the server uses the composable template.
        for path in (f"/_index_template/{TEMPLATE}", f"/_template/{TEMPLATE}"):
            try:
                patterns, mappings = template_of(self._get(path))
            except HttpError as error:
                _raise_if_silent(error)
                # 400: an older server without composable templates reads the path as an index name.
                if error.status not in (400, 404, 405):
                    self.gaps.append(error.failure)
                continue
            except ProbeError as error:
                self.gaps.append(error.failure)
                continue
            except _MALFORMED:
                # Elasticsearch 6 may answer with an empty object.
                continue
            if any(fnmatchcase(name, pattern) for name in names for pattern in patterns):
                if mappings is None:
                    text = f"{path}: cannot read the template, because it is composed of others"
                    self.gaps.append(Failure(Reason.SCHEMA_UNREADABLE, text))
                    return None
                return MappingProxyType(mappings)
        return None

    def _parsed_nodes(
        self, path: str, params: Mapping[str, str], read: Callable[[Mapping[str, Any]], list[Node]]
    ) -> list[Node]:
        answer = self._ask(path, params)
        if answer is None:
            return []
        try:
            return read(answer)
        except _MALFORMED:
            self.gaps.append(Failure(Reason.BAD_ANSWER, f"{path}: the answer contains no node versions"))
            return []

    def _ask(self, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any] | None:
        """The answer; None if the request failed. The failure is then one of the `gaps`."""
        try:
            return self._get(path, params)
        except HttpError as error:
            _raise_if_silent(error)
            self.gaps.append(error.failure)
        except ProbeError as error:
            self.gaps.append(error.failure)
        return None

    def _get(self, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        try:
            body = self._client.get(self._url + path, self._end, self._headers, params, self._left)
        except HttpError as error:
            if error.failure.reason is not Reason.ANSWER_TOO_LARGE:
                raise
            self._left = 0
            text = f"GET {path}: the answers of one read exceed {MAX_ANSWER} bytes"
            raise HttpError(Reason.ANSWER_TOO_LARGE, text, error.status) from error
        self._left -= len(body)
        if body.lstrip()[:1] == b"<":
            text = f"GET {path}: the answer is a web page, not JSON: check the address and the login"
            raise ProbeError(Reason.BAD_ANSWER, text)
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise ProbeError(
                Reason.BAD_ANSWER, f"GET {path}: the answer is not valid JSON: {error}"
            ) from error
        if not isinstance(answer, dict):
            raise ProbeError(Reason.BAD_ANSWER, f"GET {path}: the answer is not a JSON object")
        return answer


def _raise_if_silent(error: HttpError) -> None:
    """Send no further requests to a server that did not answer, or not in time."""
    if error.status == 0 or error.failure.reason is Reason.TIMEOUT:
        raise error


def _with_missing_privilege(failure: Failure, privilege: str) -> Failure:
    """The failure; a denied permission with the privilege that is missing."""
    if failure.reason is not Reason.PERMISSION_DENIED:
        return failure
    return Failure(failure.reason, one_line(f"missing privilege {privilege}: {failure.text}"))


def _headers(settings: Elasticsearch) -> dict[str, str]:
    headers = {"Accept": "application/json"}
    if settings.key is not None:
        headers["Authorization"] = f"ApiKey {read_header_secret(settings.key, 'api_key')}"
    if settings.secret is not None:
        headers["Authorization"] = basic_login(settings.user, settings.secret)
    return headers
