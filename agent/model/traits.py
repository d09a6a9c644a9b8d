"""Properties of a cluster that decide whether a published warning applies to it."""

from __future__ import annotations

from enum import StrEnum


class Trait(StrEnum):
    """A property that the agent can see in Temporal's own file or in the frontend's answers.

    ARCHIVAL: enabled for histories or for visibility. REPLICATION: other clusters are connected.
    """

    AUTHORIZER = "authorizer"
    DEFAULT_CLAIM_MAPPER = "default_claim_mapper"
    INTERNAL_FRONTEND = "internal_frontend"
    INTERNAL_FRONTEND_HTTP = "internal_frontend_http"
    REPLICATION = "replication"
    ARCHIVAL = "archival"


#: Stands for the default value of a dynamic key, which counts where no constraint of a value is met.
DEFAULT = ""
