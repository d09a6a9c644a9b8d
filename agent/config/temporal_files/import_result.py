"""What is gathered from Temporal's own files: our values, where they stand, and what could not be read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent.config.document import Document, Place, path_text
from agent.config.errors import Problem
from agent.config.secret import yaml_value
from agent.config.section import MissingSetting
from agent.config.temporal_files.yaml_tree import YamlNode
from agent.model.vocabulary import Role

#: What `temporal-server render-config` writes for every `password` and `keyData`, also for an empty one
#: (temporalio/temporal@v1.31.2: common/masker/masker.go).
MASK = "******"

_ROLES = frozenset({Role.PERSISTENCE, Role.VISIBILITY, Role.SECONDARY_VISIBILITY, Role.SEARCH})


class ImportedSettings:
    """One cluster as its own files tell it. `key` is the key that names these files."""

    def __init__(self, key: str) -> None:
        self.values: dict[str, Any] = {}
        self.origins: dict[Place, tuple[Document, Place]] = {}
        self.lacks: list[MissingSetting] = []
        self._key = key

    def begin(self, place: Place, node: YamlNode) -> None:
        """Remember where the whole of something stands, of which the parts are yet to be taken."""
        self.origins[place] = (node.document, node.place)

    def put(self, place: Place, value: Any, node: YamlNode) -> None:
        """Take a value, and remember where it stands."""
        *above, last = place
        inner = self.values
        for key in above:
            inner = inner.setdefault(str(key), {})
        inner[str(last)] = value
        for end in range(1, len(place) + 1):
            self.origins.setdefault(place[:end], (node.document, node.place))
        self.origins[place] = (node.document, node.place)

    def text(self, place: Place, node: YamlNode) -> None:
        """Take a text, where there is one."""
        if node.text:
            self.put(place, node.text, node)

    def required(self, place: Place, node: YamlNode) -> None:
        """Take a text that must be there."""
        self.text(place, node)
        if not node.text:
            self.lack(node, "is missing", place)

    def path(self, place: Place, node: YamlNode) -> None:
        """Take a path, where there is one."""
        if node.text:
            self.put(place, str(node.folder / node.text), node)

    def login(self, at: Place, store: YamlNode, user: YamlNode) -> None:
        """Take user and password. Without both the server does not log in.

        Source: temporalio/temporal@v1.31.2: common/persistence/nosql/nosqlplugin/cassandra/gocql/client.go.
        """
        if user.text and (store["password"].text or _kubernetes_secret(store).text):
            self.put((*at, "user"), user.text, user)
            self.password(at, store)

    def password(self, at: Place, store: YamlNode) -> None:
        """Take not a password but its place, to be read anew for every connection."""
        given, secret, command = store["password"], _kubernetes_secret(store), store["passwordCommand"]
        wants = ((*at, "password_file"), (*at, "password"), (*at, "user"))
        if secret.text:
            self.lack(secret, "is a secret of Kubernetes, which the agent does not ask for", *wants)
        elif command["command"].text:
            self.lack(command, "is a command, which the agent does not run", *wants)
        elif given.text == MASK:
            self.lack(given, "is masked, as render-config does it", *wants)
        elif given.text:
            file = str(Path(given.document.file).absolute())
            self.put((*at, "password"), yaml_value(file, given.place), given)

    def lack(self, node: YamlNode, what: str, *wants: Place) -> None:
        """Say what can't be read, and which key tells it instead: any of these, the first is proposed."""
        message = f"{what}: write `{path_text(wants[0])}` beside `{self._key}`"
        problem = Problem(node.document.file, node.document.line(node.place), path_text(node.place), message)
        self.lacks.append(MissingSetting(wants, problem))


def _kubernetes_secret(store: YamlNode) -> YamlNode:
    """As Temporal's chart names it; it falls back to the second (charts/temporal/templates/_helpers.tpl)."""
    return store["existingSecret"] if store["existingSecret"].text else store["secretName"]


def merge_overrides(read: Mapping[str, Any], written: Mapping[str, Any]) -> dict[str, Any]:
    """What was read, with what the user wrote beside it, which wins; null leaves out what was read."""
    values = _merge(read, written)
    for role in _ROLES & read.keys() & written.keys():
        mine = written[role]
        if isinstance(mine, dict) and mine.keys() != read[role].keys():
            # Another kind of store is another store.
            values[role] = mine
    return values


def _merge(read: Mapping[str, Any], written: Mapping[str, Any]) -> dict[str, Any]:
    values = dict(read)
    if written.keys() & {"user", "password", "password_file", "api_key", "api_key_file"}:
        values.pop("password", None)
    if written.keys() & {"api_key", "api_key_file"}:
        values.pop("user", None)
    for key, value in written.items():
        if value is None and key in read:
            values.pop(key, None)
        elif isinstance(value, dict) and isinstance(read.get(key), dict):
            values[key] = _merge(read[key], value)
        else:
            values[key] = value
    return values


def is_overridden(want: Place, written: Any) -> bool:
    """Whether the user wrote something in this place, or put something else in place of all around it."""
    for depth, key in enumerate(want):
        if not isinstance(written, dict):
            return True
        if key not in written:
            return depth == 1 and want[0] in _ROLES and bool(written)
        written = written[key]
    return True
