"""All reasons: everything that the program knows about a reason is in its record."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from agent.model.reasons.guide import Guide
from agent.model.reasons.guides_of_configuration import GUIDES_OF_CONFIGURATION
from agent.model.reasons.guides_of_probes import GUIDES_OF_PROBES
from agent.model.reasons.guides_of_schemas import GUIDES_OF_SCHEMAS
from agent.model.reasons.guides_of_versions import GUIDES_OF_VERSIONS
from agent.model.reasons.info import PROBE_FAILING, ReasonInfo
from agent.model.reasons.of_configuration import OF_CONFIGURATION
from agent.model.reasons.of_probes import OF_PROBES
from agent.model.reasons.of_schemas import OF_SCHEMAS
from agent.model.reasons.of_versions import OF_VERSIONS
from agent.model.vocabulary import Reason

__all__ = [
    "GUIDES",
    "PROBE_FAILING",
    "REASONS",
    "REFUSALS",
    "RETIRED",
    "SAME_ON_EVERY_NODE",
    "Guide",
    "ReasonInfo",
]

_RECORDS = {info.code: info for info in (*OF_VERSIONS, *OF_SCHEMAS, *OF_CONFIGURATION, *OF_PROBES)}

#: Every reason's record, in the order of the enumeration. A reason without one stops the import.
REASONS: Mapping[Reason, ReasonInfo] = MappingProxyType({code: _RECORDS[code] for code in Reason})

#: What a person does about each reason, in the same order.
GUIDES: Mapping[Reason, Guide] = MappingProxyType(
    {
        **GUIDES_OF_VERSIONS,
        **GUIDES_OF_SCHEMAS,
        **GUIDES_OF_CONFIGURATION,
        **GUIDES_OF_PROBES,
    }
)

#: Codes that no check gives any more, each with what replaced it. They are still explained: old tickets and
#: alerts name them.
RETIRED: Mapping[str, str] = MappingProxyType({})

#: The target refuses the agent's login or its permissions: another request, or one without login, may
#: succeed.
REFUSALS = frozenset(info.code for info in REASONS.values() if info.is_refusal)

#: No other node of the target needs to be tried.
SAME_ON_EVERY_NODE = frozenset(info.code for info in REASONS.values() if info.is_same_on_every_node)
