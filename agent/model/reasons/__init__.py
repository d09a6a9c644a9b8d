"""All reasons: everything that the program knows about a reason is in its record."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from agent.model.reasons.info import PROBE_FAILING, ReasonInfo
from agent.model.reasons.of_configuration import OF_CONFIGURATION
from agent.model.reasons.of_probes import OF_PROBES
from agent.model.reasons.of_schemas import OF_SCHEMAS
from agent.model.reasons.of_versions import OF_VERSIONS
from agent.model.vocabulary import Reason

__all__ = ["PROBE_FAILING", "REASONS", "REFUSALS", "SAME_ON_EVERY_NODE", "ReasonInfo"]

_RECORDS = {info.code: info for info in (*OF_VERSIONS, *OF_SCHEMAS, *OF_CONFIGURATION, *OF_PROBES)}

#: Every reason's record, in the order of the enumeration. A reason without one stops the import.
REASONS: Mapping[Reason, ReasonInfo] = MappingProxyType({code: _RECORDS[code] for code in Reason})

#: The target refuses the agent's login or its permissions: another request, or one without login, may
#: succeed.
REFUSALS = frozenset(info.code for info in REASONS.values() if info.is_refusal)

#: No other node of the target needs to be tried.
SAME_ON_EVERY_NODE = frozenset(info.code for info in REASONS.values() if info.is_same_on_every_node)
