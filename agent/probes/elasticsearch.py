"""Elasticsearch and OpenSearch: the version of every node, and what the visibility index looks like.

Nothing in the cluster says which version the index has, so its whole mapping is handed on, and so is the
template that shapes the next one. Read-only: the privileges `monitor` on the cluster and
`view_index_metadata` on the index are enough; where the template needs more, it is left out and told.
"""

from __future__ import annotations

import json
import time
from base64 import b64encode
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from agent.config import Elasticsearch
from agent.config.secret import Secret, SecretUnreadableError
from agent.observation import Facts, Failure, Node, SearchIndex
from agent.probes.base import MAX_ANSWER, ProbeError, clean
from agent.probes.http import HttpClient, HttpError
from agent.vocabulary import Reason

#: Small metrics of every node, and of those only what is needed.
_NODES = "/_nodes/_all/process"
_NODE_FIELDS = {"filter_path": "nodes.*.name,nodes.*.version"}
#: Temporal's own name of it (temporalio/temporal@v1.31.2: schema/elasticsearch/visibility/versioned/v14).
_TEMPLATE = "temporal_visibility_v1_template"

#: What OpenSearch answers as its version where it is told to look like Elasticsearch to old clients
#: (compatibility.override_main_response_version).
_DISGUISE = "7.10.2"


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
        main, nodes = asking.main(), asking.nodes()
        component = _component(main, nodes)
        told = [Node(version, name) for name, version in nodes] or _main_nodes(main)
        if not told:
            # The first refusal is of the question that needs the least.
            nameless = Failure(Reason.BAD_ANSWER, f"{self._url}: the answers name no version")
            failure = next(iter(asking.limits), nameless)
            raise ProbeError(failure.reason, failure.text)
        index = asking.index(self._settings.index)
        return Facts(component, tuple(told), index=index, limits=tuple(asking.limits))

    def abort(self) -> None:
        """End the read that hangs."""
        self._client.abort()

    def close(self) -> None:
        self._client.close()


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

    def nodes(self) -> list[tuple[str, str]]:
        """Name and version of every node; none where that may not be asked."""
        answer = self._ask(_NODES, _NODE_FIELDS)
        if answer is None:
            return []
        try:
            return [_node(node) for node in answer["nodes"].values()]
        except (KeyError, TypeError, AttributeError):
            self.limits.append(Failure(Reason.BAD_ANSWER, f"{_NODES}: the answer names no versions of nodes"))
            return []

    def index(self, name: str) -> SearchIndex:
        """The mapping of an index, or of all indices behind an alias, and the template of the next."""
        path = f"/{quote(name, safe='')}/_mapping"
        try:
            answer = self._get(path)
            fields = [_fields(index["mappings"]) for index in answer.values()]
        except HttpError as error:
            _raise_if_silent(error)
            if error.status == 404 and "index_not_found" in str(error):
                return SearchIndex(None, Failure(Reason.INDEX_MISSING, f"there is no index {name}"))
            return SearchIndex(None, error.failure)
        except ProbeError as error:
            return SearchIndex(None, error.failure)
        except (KeyError, TypeError, AttributeError):
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
        for path in (f"/_index_template/{_TEMPLATE}", f"/_template/{_TEMPLATE}"):
            try:
                patterns, mappings = _template(self._get(path))
            except HttpError as error:
                _raise_if_silent(error)
                # 400: a server from before this kind of template takes it for the name of an index.
                if error.status not in (400, 404, 405):
                    self.limits.append(error.failure)
                continue
            except ProbeError as error:
                self.limits.append(error.failure)
                continue
            except (KeyError, TypeError, AttributeError, IndexError):
                # Elasticsearch 6 may answer with an empty object.
                continue
            if any(fnmatchcase(name, pattern) for name in names for pattern in patterns):
                return MappingProxyType(mappings)
        return None

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
            if error.failure.reason is not Reason.ANSWER_TOO_LARGE:
                raise
            self._left = 0
            text = f"GET {path}: the answers of one read are larger than {MAX_ANSWER} bytes"
            raise HttpError(Reason.ANSWER_TOO_LARGE, text, error.status) from error
        self._left -= len(body)
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


def _headers(settings: Elasticsearch) -> dict[str, str]:
    headers = {"Accept": "application/json"}
    if settings.key is not None:
        key = _secret(settings.key, "api_key")
        if not (key.isascii() and key.isprintable()):
            text = "api_key: holds characters that no header may hold"
            raise ProbeError(Reason.SECRET_UNREADABLE, text)
        headers["Authorization"] = f"ApiKey {key}"
    if settings.secret is not None:
        pair = f"{settings.user}:{_secret(settings.secret, 'password')}"
        headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
    return headers


def _secret(secret: Secret, key: str) -> str:
    try:
        return secret.read()
    except SecretUnreadableError as error:
        raise ProbeError(Reason.SECRET_UNREADABLE, f"{key}: {error}") from error


def _component(main: Mapping[str, Any], nodes: Sequence[tuple[str, str]]) -> str:
    """By the distribution and the tagline; `build_flavor` means another thing in every archive."""
    version = main.get("version")
    distribution = version.get("distribution") if isinstance(version, dict) else None
    if distribution == "opensearch" or "OpenSearch" in str(main.get("tagline", "")):
        return "opensearch"
    if main.get("tagline") or distribution:
        return "elasticsearch"
    # OpenSearch began anew at 1.0 when Elasticsearch was at 7; nobody runs an Elasticsearch that old.
    majors = {text.split(".")[0] for _, text in nodes}
    return "opensearch" if majors and majors <= {"1", "2", "3", "4"} else "elasticsearch"


def _main_nodes(main: Mapping[str, Any]) -> list[Node]:
    """The one node that answered `GET /`."""
    version = main.get("version")
    number = version.get("number") if isinstance(version, dict) else None
    if not isinstance(number, str):
        return []
    number = clean(number)
    if number == _DISGUISE and _component(main, ()) == "opensearch":
        number = f"unknown: answers as {number}"
    name = main.get("name")
    return [Node(number, clean(name) if isinstance(name, str) else "")]


def _node(node: Mapping[str, Any]) -> tuple[str, str]:
    version = node["version"]
    if not isinstance(version, str):
        raise TypeError("a version that is no text")
    return clean(str(node.get("name", ""))), clean(version)


def _template(answer: Mapping[str, Any]) -> tuple[list[str], dict[str, str]]:
    """Patterns and fields of a template, of either kind."""
    if "index_templates" in answer:
        template = answer["index_templates"][0]["index_template"]
        mappings = template.get("template", {}).get("mappings", {})
    else:
        template = answer[_TEMPLATE]
        mappings = template["mappings"]
    return [str(pattern) for pattern in template["index_patterns"]], _fields(mappings)


def _fields(mappings: Mapping[str, Any]) -> dict[str, str]:
    """The types of the fields. Up to Elasticsearch 6 they stand below the name of a document type."""
    if "properties" not in mappings:
        types = [inner for inner in mappings.values() if isinstance(inner, dict) and "properties" in inner]
        mappings = types[0] if types else {}
    properties = mappings.get("properties", {})
    return {clean(name): _type(field) for name, field in properties.items()}


def _type(field: Mapping[str, Any]) -> str:
    # A field without a type of its own has fields below it.
    return clean(str(field.get("type", "object")))
