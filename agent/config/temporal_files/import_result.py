"""The settings imported from Temporal's own files: values, their origins, and what could not be imported."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from agent.config.document import Document, Place, path_text
from agent.config.errors import Problem
from agent.config.secret import VARIABLE, yaml_value
from agent.config.section import MissingSetting
from agent.config.temporal_files.placeholders import placeholder, placeholder_of_password
from agent.config.temporal_files.yaml_tree import NO_REFERENCE, YamlNode
from agent.model.file_rules import FileRule
from agent.model.vocabulary import Role

#: What `temporal-server render-config` writes for every `password` and `keyData`, also for an empty one
#: (temporalio/temporal@v1.31.2: common/masker/masker.go).
MASK = "******"

_RELEASE_TAG = re.compile(r"v?([0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4})(?:\.[0-9]{1,4})?", re.ASCII)

#: The roles of stores.
ROLES = (Role.PERSISTENCE, Role.VISIBILITY, Role.SECONDARY_VISIBILITY, Role.SEARCH)


class ImportedSettings:
    """The settings of one cluster from Temporal's own files, which the configuration key `key` names."""

    def __init__(self, key: str) -> None:
        self.values: dict[str, Any] = {}
        self.origins: dict[Place, tuple[Document, Place]] = {}
        self.missing: list[MissingSetting] = []
        self.notes: list[MissingSetting] = []
        self.left_out: set[Role] = set()
        self._key = key

    def begin(self, place: Place, node: YamlNode) -> None:
        """Remember the origin of a section before its values are imported."""
        self.origins[place] = (node.document, node.place)

    def put(self, place: Place, value: Any, node: YamlNode) -> None:
        """Import a value, and remember its origin. A value with a placeholder is reported instead."""
        if found := _placeholder_in(value, place):
            self._report_placeholder(node, found, place)
            return
        self._store(place, value, node)

    def _store(self, place: Place, value: Any, node: YamlNode) -> None:
        *above, last = place
        inner = self.values
        for key in above:
            inner = inner.setdefault(str(key), {})
        inner[str(last)] = value
        for end in range(1, len(place) + 1):
            self.origins.setdefault(place[:end], (node.document, node.place))
        self.origins[place] = (node.document, node.place)

    def text(self, place: Place, node: YamlNode) -> None:
        """Import a text, if there is one."""
        if node.text:
            self.put(place, node.text, node)

    def required(self, place: Place, node: YamlNode) -> None:
        """Import a text; report it as missing if there is none."""
        self.text(place, node)
        if not node.text:
            self.report_missing(node, "is missing", place)

    def path(self, place: Place, node: YamlNode) -> None:
        """Import a path, if there is one, relative to the folder of its file."""
        if found := placeholder(node.text):
            self._report_placeholder(node, found, place)
        elif node.text:
            # The name of the agent's own folder may look like a placeholder.
            self._store(place, str(node.folder / node.text), node)

    def login(self, at: Place, store: YamlNode, user: YamlNode) -> None:
        """Import user and password. The server only logs in with both.

        Source: temporalio/temporal@v1.31.2: common/persistence/nosql/nosqlplugin/cassandra/gocql/client.go.
        """
        if user.text and (store["password"].text or _kubernetes_secret(store).text):
            self.put((*at, "user"), user.text, user)
            self.password(at, store)

    def password(self, at: Place, store: YamlNode) -> None:
        """Import the place of a password, not the password: it is read again for every connection.

        Of a password and a command, releases before 1.31 ignore the command. Later ones refuse the file.
        """
        given, secret, command = store["password"], _kubernetes_secret(store), store["passwordCommand"]
        keys = ((*at, "password_file"), (*at, "password"), (*at, "user"))
        if not (secret.text or command["command"].text) and (found := placeholder_of_password(given.text)):
            self._report_placeholder(given, found, *keys)
            return
        if secret.text:
            self.report_missing(secret, "is a Kubernetes secret, which the agent does not read", *keys)
        elif VARIABLE.fullmatch(given.text):
            self.put((*at, "password"), given.text, given)
        elif given.text not in ("", MASK) and given.reference == NO_REFERENCE:
            self.report_missing(given, "is not the whole value of one variable", *keys)
        elif given.text not in ("", MASK):
            file = str(Path(given.document.file).absolute())
            self.put((*at, "password"), given.reference or yaml_value(file, given.place), given)
        elif command["command"].text:
            self.report_missing(command, "is a command, which the agent does not run", *keys)
        elif given.text:
            self.report_missing(given, "is masked by render-config", *keys)

    def report_missing(self, node: YamlNode, what: str, *keys: Place) -> None:
        """Report a setting that cannot be imported. Any of `keys` can set it; the message names the first."""
        if found := placeholder(node.text):
            self._report_placeholder(node, found, *keys)
            return
        message = f"{what}: set `{path_text(keys[0])}` next to `{self._key}`"
        self.missing.append(MissingSetting(keys, self._problem(node, message), what))

    def missing_of(self, role: Role) -> list[MissingSetting]:
        """What is missing of the store of a role."""
        return [each for each in self.missing if each.keys[0][0] == role]

    def leave_out(self, role: Role) -> None:
        """Remove the store of a role, with all that it lacks."""
        self.left_out.add(role)
        for each in self.missing_of(role):
            message = f"{each.what}: Temporal refuses the file, so the agent does not probe this store"
            self.notes.append(MissingSetting(((role,),), replace(each.problem, message=message)))
        self.missing = [each for each in self.missing if each.keys[0][0] != role]
        self.drop((role,))

    def image_release(self, node: YamlNode, tag: str) -> None:
        """Import the release in the tag of the server's image. A tag that may move, as `1.30`, is none."""
        if match := _RELEASE_TAG.fullmatch(tag):
            self.put(("server_file", "image_release"), match[1], node)

    def refuse_store(self, role: Role, node: YamlNode, what: str, rule: FileRule) -> None:
        """Leave out the store of a role, because Temporal refuses what is rendered from this value."""
        self.report_missing(node, what, (role,))
        violation = {"rule": str(rule), "found": f"{path_text(node.place)} {what}"}
        self.put(("server_file", "violations"), (violation,), node)
        self.leave_out(role)

    def drop(self, place: Place) -> None:
        """Remove a value, and its origin."""
        *above, last = place
        inner = self.values
        for key in above:
            inner = inner.get(str(key), {})
        inner.pop(str(last), None)
        self.origins = {each: origin for each, origin in self.origins.items() if each[: len(place)] != place}

    def replace(self, place: Place, value: Any, node: YamlNode) -> None:
        """Import a value in place of one that is missing or wrong."""
        self.missing = [each for each in self.missing if place not in each.keys]
        self._store(place, value, node)

    def note(self, node: YamlNode, what: str, *keys: Place) -> None:
        """Say something about a value without an error, unless the user set one of `keys`."""
        self.notes.append(MissingSetting(keys, self._problem(node, what)))

    def _report_placeholder(self, node: YamlNode, found: str, *keys: Place) -> None:
        what = f"is the placeholder `{found[:60]}`, which nothing has filled in"
        if found.startswith("<secret:"):
            what = f"is in a secret, {found[8:-1][:200]}, which the agent does not read"
        self.missing.append(MissingSetting(keys, self._problem(node, what), what, found))

    def _problem(self, node: YamlNode, message: str) -> Problem:
        return Problem(node.document.file, node.document.line(node.place), path_text(node.place), message)


def _kubernetes_secret(store: YamlNode) -> YamlNode:
    """The chart's key of the secret, or its fallback (charts/temporal/templates/_helpers.tpl)."""
    return store["existingSecret"] if store["existingSecret"].text else store["secretName"]


def _placeholder_in(value: Any, place: Place) -> str:
    """The first placeholder in an imported value. Passwords are checked on their own."""
    if place[0] == "server_file" or place[-1] == "password":
        return ""
    if isinstance(value, tuple):
        return next(filter(None, (_placeholder_in(item, place) for item in value)), "")
    if isinstance(value, dict):
        return _placeholder_in(tuple(value.values()), place)
    return placeholder(value) if isinstance(value, str) else ""


def merge_overrides(imported: Mapping[str, Any], written: Mapping[str, Any]) -> dict[str, Any]:
    """The imported settings with the user's own, which win; null removes an imported setting."""
    values = _merge(imported, written)
    for role in set(ROLES) & imported.keys() & written.keys():
        own = written[role]
        if isinstance(own, dict) and own.keys() != imported[role].keys():
            # Another kind of store replaces the whole store.
            values[role] = own
    return values


def _merge(imported: Mapping[str, Any], written: Mapping[str, Any]) -> dict[str, Any]:
    values = dict(imported)
    if written.keys() & {"user", "password", "password_file", "api_key", "api_key_file"}:
        values.pop("password", None)
    if written.keys() & {"api_key", "api_key_file"}:
        values.pop("user", None)
    for key, value in written.items():
        if value is None and key in imported:
            values.pop(key, None)
        elif isinstance(value, dict) and isinstance(imported.get(key), dict):
            values[key] = _merge(imported[key], value)
        else:
            values[key] = value
    return values


def is_overridden(place: Place, written: Any) -> bool:
    """Whether the user set this place, or replaced the section that contains it."""
    for depth, key in enumerate(place):
        if not isinstance(written, dict):
            return True
        if key not in written:
            return depth == 1 and place[0] in ROLES and bool(written)
        written = written[key]
    return True


def has_part_of_store(place: Place, written: Any) -> bool:
    """Whether the place is a whole store, and the user wrote keys of this store, such as its password."""
    return len(place) == 1 and place[0] in ROLES and isinstance(written.get(place[0]), dict)
