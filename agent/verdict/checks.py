"""Every check, by its roles. A new check is one row here, and a file with its function."""

from __future__ import annotations

from typing import Any

from agent.model.vocabulary import FURTHER_STORE_ROLES, STORE_ROLES, Check, Role
from agent.verdict.check import CheckInputs, CheckRow, Section
from agent.verdict.dependencies import streaming_required, streaming_role, streaming_version
from agent.verdict.role_version import configured_role, version_check
from agent.verdict.scraping import scraping_check
from agent.verdict.server.configuration import configuration_check, record_start_check
from agent.verdict.server.go_toolchain import toolchain_check
from agent.verdict.server.path import path_check
from agent.verdict.server.replicas import replicas_check
from agent.verdict.server.version import server_version_check, unreadable_versions_check
from agent.verdict.store.plugin_check import plugin_check, plugin_mismatch_check
from agent.verdict.store.prerequisites import prerequisites_check
from agent.verdict.store.replicas import mixed_nodes_check
from agent.verdict.store.required import required_check
from agent.verdict.store.roles import store_role
from agent.verdict.store.schema_check import schema_check
from agent.verdict.store.shared_database import shared_store_check
from agent.verdict.store.start import start_check
from agent.verdict.store.visibility_pairs import pair_check, pair_role


def _whole_cluster(inputs: CheckInputs, _role: Role) -> CheckInputs:
    return inputs


_STORE_CHECKS = (
    CheckRow(Check.VERSION, version_check),
    CheckRow(Check.PLUGIN, plugin_check),
    CheckRow(Check.REQUIRED, required_check),
    CheckRow(Check.PREREQUISITES, prerequisites_check),
    CheckRow(Check.SCHEMA, schema_check),
    CheckRow(Check.PLUGIN, plugin_mismatch_check),
    CheckRow(Check.REPLICAS, mixed_nodes_check),
    CheckRow(Check.SCHEMA, shared_store_check),
    CheckRow(Check.SCHEMA, start_check),
)

#: Results, and reasons why the server would not start, come in the order of sections, then roles, then rows:
#: the stores before the server's own file.
SECTIONS: tuple[Section[Any], ...] = (
    Section(
        (Role.SERVER,),
        _whole_cluster,
        (
            CheckRow(Check.VERSION, server_version_check),
            CheckRow(Check.REPLICAS, replicas_check),
            CheckRow(Check.TOOLCHAIN, toolchain_check),
            CheckRow(Check.CONFIGURATION, configuration_check),
        ),
    ),
    Section(STORE_ROLES, store_role, _STORE_CHECKS),
    Section(
        FURTHER_STORE_ROLES,
        store_role,
        tuple(row for row in _STORE_CHECKS if row.check is not Check.REQUIRED),
    ),
    Section((Role.MONITORING, Role.OBSERVATION), configured_role, (CheckRow(Check.VERSION, version_check),)),
    Section((Role.MONITORING,), _whole_cluster, (CheckRow(Check.CONFIGURATION, scraping_check),)),
    Section(
        (Role.SEARCH, Role.SECONDARY_VISIBILITY), pair_role, (CheckRow(Check.CONFIGURATION, pair_check),)
    ),
    Section(
        (Role.EVENT_STREAMING, Role.COORDINATION),
        streaming_role,
        (CheckRow(Check.VERSION, streaming_version), CheckRow(Check.REQUIRED, streaming_required)),
    ),
    Section(
        (Role.SERVER,),
        _whole_cluster,
        (
            CheckRow(Check.CONFIGURATION, record_start_check),
            CheckRow(Check.VERSION, unreadable_versions_check),
            CheckRow(Check.PATH, path_check),
        ),
    ),
)
