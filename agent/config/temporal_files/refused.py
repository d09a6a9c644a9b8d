"""What is left out because Temporal itself refuses the file: the rest of the cluster is probed and judged.

A setting that is missing or wrong by a rule of agent/matrix/data/file_rules.json is not an error of the
agent's configuration: the answer is that the server would not start.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from pydantic import ValidationError

from agent.config.document import path_text
from agent.config.fields import HOST_PORT, MAX_PORT
from agent.config.section import MissingSetting
from agent.config.stores import Store
from agent.config.temporal_files.helm import DEFAULT_NAME
from agent.config.temporal_files.import_result import ROLES, ImportedSettings
from agent.config.temporal_files.validation import Violation
from agent.config.temporal_files.validation.services import is_ip
from agent.config.temporal_files.yaml_tree import YamlNode
from agent.model.file_rules import FileRule
from agent.model.vocabulary import Role

#: The port of the frontend in Temporal's own files. A server that refuses its file has no address.
_DEFAULT_FRONTEND = "127.0.0.1:7233"
_HTTP = re.compile(r"https?://(.+)")
_OF_FRONTEND = frozenset(
    {FileRule.VALUE_TYPE, FileRule.PORT_INVALID, FileRule.BIND_ADDRESS, FileRule.BROADCAST_ADDRESS}
    | {FileRule.PUBLIC_CLIENT_ADDRESS}
)


def leave_out_refused(
    imported: ImportedSettings, config: YamlNode, violations: Collection[Violation]
) -> None:
    """Remove each store that the agent cannot read for the reason for which Temporal refuses the file.

    The name and the address of the frontend get defaults instead.
    """
    paths = {path_text(each.node.place) for each in violations if each.rule is not FileRule.FILE_UNSEEN}
    left_out = [role for role in ROLES if _is_refused(imported.missing_of(role), paths)]
    if Role.PERSISTENCE in left_out and not config.at("persistence", "visibilityStore").text:
        left_out.append(Role.VISIBILITY)
    for role in left_out:
        imported.leave_out(role)
    rules = {each.rule for each in violations}
    if FileRule.CURRENT_CLUSTER_UNDEFINED in rules and "name" not in imported.values:
        imported.replace(("name",), DEFAULT_NAME, config["clusterMetadata"])
    if rules & _OF_FRONTEND:
        _repair_addresses(imported, config["services"])


def without_parts(written: Mapping[str, Any], left_out: Collection[Role]) -> dict[str, Any]:
    """What the user wrote, without the parts of stores that were left out. A whole store stays."""
    return {key: value for key, value in written.items() if not (key in left_out and _is_part(value))}


def _is_refused(missing: Collection[MissingSetting], paths: Collection[str]) -> bool:
    # A placeholder is a fault of the copy that the agent reads, not of the server's file.
    return any(_is_cause(each, paths) for each in missing) and not any(each.placeholder for each in missing)


def _is_cause(missing: MissingSetting, paths: Collection[str]) -> bool:
    own = missing.problem.path
    return any(own == path or own.startswith(f"{path}.") or path.startswith(f"{own}.") for path in paths)


def _is_part(store: Any) -> bool:
    """Whether nothing is wrong with a store but what it lacks."""
    try:
        Store.model_validate(store)
    except ValidationError as error:
        return all(item["type"] == "missing" for item in error.errors(include_url=False))
    return False


def _repair_addresses(imported: ImportedSettings, services: YamlNode) -> None:
    """An address that is none: the default for the frontend, and none for HTTP."""
    temporal = imported.values.get("temporal", {})
    if not _is_address(temporal.get("frontend", "")):
        imported.replace(("temporal", "frontend"), _DEFAULT_FRONTEND, services)
    http = _HTTP.fullmatch(temporal.get("http", ""))
    if http and not _is_address(http[1]):
        imported.drop(("temporal", "http"))


def _is_address(text: str) -> bool:
    match = HOST_PORT.fullmatch(text)
    host = text.rpartition(":")[0]
    is_host = not host.startswith("[") or is_ip(host.strip("[]"))
    return match is not None and is_host and 0 < int(match[1]) <= MAX_PORT
