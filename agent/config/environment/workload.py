"""The container of a Temporal server in a Kubernetes workload, or in a task definition of Amazon ECS.

Source: Kubernetes API v1, `Container.env` and `envFrom`; Amazon ECS API, `ContainerDefinition.environment`.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.config.document import Document, Place, parse_each
from agent.config.environment.compose import SEEDS, SERVER_IMAGE
from agent.config.environment.env_file import small_text_of
from agent.config.environment.variables import ContainerEnvironment, ContainerVariable, secret_text
from agent.config.errors import ConfigError, Problem

#: The keys of the lists of containers: of Kubernetes and of ECS.
_LISTS = ("containers", "containerDefinitions")
_OTHER_VARIABLE = re.compile(r"\$\(([A-Za-z_][A-Za-z0-9_]*)\)", re.ASCII)
#: How deep a list of objects may contain a container.
_MAX_DEPTH = 12
_MAX_REFERENCES = 5


@dataclass(frozen=True)
class _Container:
    document: Document
    place: Place
    data: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.data.get("name") or "container")


def is_workload(data: Any) -> bool:
    """Whether a document has a container of Temporal's server."""
    return any(_is_server(each.data) for each in _containers(Document(""), data))


def read_workload(path: Path, name: str = "", *, has_file: bool = False) -> ContainerEnvironment | None:
    """The container of this name; without a name, the first one of Temporal's server.

    None: the file is of another kind. `has_file`: the server has a file, so that its container need not have
    the variables of Temporal's images.

    Raises:
        ConfigError: the file has no container of this name.
    """
    text = small_text_of(path)
    if text.lstrip().startswith("[") and '"environment"' in text:
        # The containers alone, as Terraform takes them.
        text = f'{{"containerDefinitions": {text}}}'
    if "env" not in text or not any(key in text for key in _LISTS):
        return None
    documents = parse_each(str(path), text)
    found = [
        each
        for document in documents
        for each in _containers(document, document.data)
        if (name if has_file else "") == each.name or _is_server(each.data, has_file=has_file)
    ]
    chosen = [each for each in found if name in ("", each.name)]
    if chosen:
        return _environment(chosen[0], documents)
    if found:
        names = ", ".join(each.name[:60] for each in found[:5])
        raise ConfigError(
            [Problem(str(path), 0, "", f"has no container {name[:60]!r}: choose one of {names}")]
        )
    return None


def _containers(document: Document, data: Any, place: Place = ()) -> Iterator[_Container]:
    if isinstance(data, tuple):
        data = dict(enumerate(data))
    for key, value in data.items() if isinstance(data, dict) and len(place) < _MAX_DEPTH else ():
        here = (*place, key)
        for index, each in enumerate(value) if key in _LISTS and isinstance(value, tuple) else ():
            if isinstance(each, dict):
                yield _Container(document, (*here, index), each)
        if key not in _LISTS:
            yield from _containers(document, value, here)


def _is_server(container: Mapping[str, Any], *, has_file: bool = False) -> bool:
    """Whether the image is Temporal's own, or the variables are those of a server of another image."""
    names = {each.get("name") for key in ("env", "environment") for _, each in _entries(container, key)}
    if SERVER_IMAGE.fullmatch(str(container.get("image") or "")):
        # The pods of Temporal's chart have a file instead.
        return has_file or bool(names & (SEEDS | {"DB"})) or "envFrom" in container
    return "DB" in names and bool(names & SEEDS)


def _entries(container: Mapping[str, Any], key: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    listed = container.get(key)
    for index, each in enumerate(listed) if isinstance(listed, tuple) else ():
        if isinstance(each, dict):
            yield index, each


def _environment(container: _Container, documents: list[Document]) -> ContainerEnvironment:
    document, maps = container.document, _maps(documents)
    found: dict[str, ContainerVariable] = {}
    for _, source in _entries(container.data, "envFrom"):
        kind, name = _named(source)
        for key, (text, owner, place) in maps.get((kind, name), {}).items():
            found[key] = ContainerVariable(text, owner, place, text)
    key = "env" if "env" in container.data else "environment"
    for index, each in _entries(container.data, key):
        place = (*container.place, key, index)
        found[str(each.get("name"))] = _variable(document, place, each, maps, found)
    for index, each in _entries(container.data, "secrets"):
        text = secret_text(f"{each.get('valueFrom')}")
        found[str(each.get("name"))] = ContainerVariable(
            text, document, (*container.place, "secrets", index), text
        )
    return ContainerEnvironment(
        found,
        document,
        (*container.place, key),
        ("container", container.name),
        str(container.data.get("image") or ""),
        _host(document, documents),
        _mounts(container),
        " ".join(str(each) for key in ("command", "args") for each in container.data.get(key) or ()),
    )


def _mounts(container: _Container) -> dict[str, Path]:
    """The volumes of the container: none of them is on this machine."""
    return {
        str(each.get("mountPath")).rstrip("/"): Path(f"{container.document.file}#{each.get('name')}")
        for _, each in _entries(container.data, "volumeMounts")
    }


_Entry = tuple[str, Document, Place]


def _maps(documents: list[Document]) -> dict[tuple[str, str], dict[str, _Entry]]:
    """The texts of every ConfigMap and Secret in the file, by kind and name."""
    found: dict[tuple[str, str], dict[str, _Entry]] = {}
    for document, data, place in _objects(documents):
        if data.get("kind") in ("ConfigMap", "Secret"):
            found[data["kind"], _name(data)] = {
                key: (text, document, (*place, section, key))
                for section, texts in (("data", data.get("data")), ("stringData", data.get("stringData")))
                for key, each in (texts.items() if isinstance(texts, dict) else ())
                if (text := _decoded(each, data["kind"], section)) is not None
            }
    return found


def _decoded(text: Any, kind: str, section: str) -> str | None:
    """The text of an entry; None if it has none. `data` of a Secret is in base64."""
    if not isinstance(text, str) or (kind, section) != ("Secret", "data"):
        return text if isinstance(text, str) else None
    try:
        return b64decode(text, validate=True).decode()
    except ValueError:
        return None


def _objects(documents: list[Document]) -> Iterator[tuple[Document, Mapping[str, Any], Place]]:
    for document in documents:
        data = document.data
        if isinstance(data, dict) and data.get("kind") == "List" and isinstance(data.get("items"), tuple):
            for index, item in enumerate(data["items"]):
                if isinstance(item, dict):
                    yield document, item, ("items", index)
        elif isinstance(data, dict):
            yield document, data, ()


def _name(data: Mapping[str, Any]) -> str:
    metadata = data.get("metadata")
    return str(metadata.get("name") or "") if isinstance(metadata, dict) else ""


def _named(source: Mapping[str, Any]) -> tuple[str, str]:
    for key, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
        if isinstance(named := source.get(key), dict):
            return kind, str(named.get("name"))
    return "", ""


def _variable(
    document: Document,
    place: Place,
    entry: Mapping[str, Any],
    maps: Mapping[tuple[str, str], Mapping[str, _Entry]],
    others: Mapping[str, ContainerVariable],
) -> ContainerVariable:
    source = entry.get("valueFrom")
    if not isinstance(source, dict):
        text = str(entry.get("value") or "")
        value = text
        for _ in range(_MAX_REFERENCES):
            value = _OTHER_VARIABLE.sub(lambda match: _value(match, others), value)
        return ContainerVariable(text, document, (*place, "value"), value)
    for key, kind in (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")):
        if isinstance(named := source.get(key), dict):
            name, item = str(named.get("name")), str(named.get("key"))
            if (kind, name) in maps and item in maps[kind, name]:
                text, owner, where = maps[kind, name][item]
                return ContainerVariable(text, owner, where, text)
            text = secret_text(f"{kind} {name}, key {item}")
            return ContainerVariable(text, document, (*place, "valueFrom"), text)
    # A field of the pod, such as its address: not known.
    return ContainerVariable("", document, (*place, "valueFrom"), "")


def _value(match: re.Match[str], others: Mapping[str, ContainerVariable]) -> str:
    other = others.get(match[1])
    return match[0] if other is None else other.value


def _host(document: Document, documents: list[Document]) -> str | None:
    """The name of the Service with the frontend's port, else of the workload; None for ECS."""
    for _, data, _ in _objects(documents):
        if data.get("kind") == "Service" and "7233" in str(data.get("spec")):
            return _name(data)
    return _name(document.data) if isinstance(document.data, dict) and "kind" in document.data else None
