"""The closed sets of values in verdicts, metrics and the API.

The values are label values: alerts of users depend on them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a component does in a cluster, after Temporal's own configuration keys."""

    SERVER = "server"
    PERSISTENCE = "persistence"
    VISIBILITY = "visibility"
    SECONDARY_VISIBILITY = "secondary_visibility"
    SEARCH = "search"
    EVENT_STREAMING = "event_streaming"
    COORDINATION = "coordination"
    MONITORING = "monitoring"
    OBSERVATION = "observation"


#: Roles that hold a store with a schema, in the order in which people read them.
STORE_ROLES = (Role.PERSISTENCE, Role.VISIBILITY)

#: Stores that a cluster may also have. The server does not check their schemas when it starts.
FURTHER_STORE_ROLES = (Role.SECONDARY_VISIBILITY, Role.SEARCH)

#: All of them, in the order of an upgrade: the documentation's own.
SCHEMA_ROLES = (*STORE_ROLES, *FURTHER_STORE_ROLES)


class Check(StrEnum):
    """A question about a role."""

    VERSION = "version"
    SCHEMA = "schema"
    PLUGIN = "plugin"
    REQUIRED = "required"
    REPLICAS = "replicas"
    PATH = "path"
    PREREQUISITES = "prerequisites"
    TOOLCHAIN = "toolchain"
    CONFIGURATION = "configuration"


@dataclass(frozen=True)
class CheckInfo:
    """What is known about a check. `decides`: its result counts for the verdict of the whole cluster."""

    question: str
    decides: bool = True


CHECKS: Mapping[Check, CheckInfo] = {
    Check.VERSION: CheckInfo(
        "Does the release support this version of the component? Is the server's version a known release?"
    ),
    Check.SCHEMA: CheckInfo("Is the store's schema as new as the release needs?"),
    Check.PLUGIN: CheckInfo("Does the release have this SQL plugin?"),
    Check.REQUIRED: CheckInfo("Is something that Temporal needs missing from the configuration?"),
    Check.REPLICAS: CheckInfo("Do several versions run at once, and may they?"),
    Check.PATH: CheckInfo(
        "Only in a gate: is the assumed release the next hop of the upgrade path from the running release?"
    ),
    Check.PREREQUISITES: CheckInfo("Does the store have the settings and extensions that the release needs?"),
    Check.TOOLCHAIN: CheckInfo(
        "Was the running binary built with a Go version that its release allows?", decides=False
    ),
    Check.CONFIGURATION: CheckInfo(
        "Does the release refuse two stores together, or ignore a key of Temporal's own file? Would a restart"
        " create another cluster? Can the clusters of a replication group replicate? Does Prometheus scrape"
        " this cluster?"
    ),
}


class Verdict(StrEnum):
    """The answer to a check."""

    SUPPORTED = "supported"
    UNTESTED = "untested"
    UNSUPPORTED = "unsupported"
    UNKNOWN = "unknown"


#: From best to worst: the worst check decides for the cluster.
SEVERITY = (Verdict.SUPPORTED, Verdict.UNTESTED, Verdict.UNKNOWN, Verdict.UNSUPPORTED)


def worst(verdicts: list[Verdict]) -> Verdict:
    """The verdict that decides: `unsupported` > `unknown` > `untested` > `supported`.

    Without any it is `unknown`: missing answers never count as compatible.
    """
    return max(verdicts, key=SEVERITY.index, default=Verdict.UNKNOWN)


class Level(StrEnum):
    """How urgent a published warning is, the most urgent first."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


class Reason(StrEnum):
    """Why a verdict holds, or why a probe failed: the code alone. Free text goes to logs, API and pages.

    `agent.model.reasons` has the record of each.
    """

    RELEASE_KNOWN = "release_known"
    DOCUMENTED = "documented"
    TESTED_BY_RELEASE = "tested_by_release"
    WITHIN_TESTED_RANGE = "within_tested_range"
    SCHEMA_CURRENT = "schema_current"
    SCHEMA_AHEAD = "schema_ahead"
    PLUGIN_AVAILABLE = "plugin_available"
    CONFIGURED = "configured"
    PREREQUISITES_MET = "prerequisites_met"
    SCRAPED = "scraped"
    SAME_VERSION = "same_version"
    MIXED_VERSIONS = "mixed_versions"
    NEXT_HOP = "next_hop"
    MORE_ROWS = "more_rows"
    NOT_USED = "not_used"
    IN_PLACE_OF_VISIBILITY = "in_place_of_visibility"
    RELEASE_NOT_READ = "release_not_read"
    UNTESTED_NEWER = "untested_newer"
    UNTESTED_SERIES = "untested_series"
    UNTESTED_FLAVOR = "untested_flavor"
    TRIED = "tried"
    REMOTE_MINOR_SKIPPED = "remote_minor_skipped"
    CUSTOM_STORE = "custom_store"
    HOP_SKIPPED = "hop_skipped"
    BELOW_MINIMUM = "below_minimum"
    COMPONENT_NOT_SUPPORTED = "component_not_supported"
    TRIAL_FAILED = "trial_failed"
    PLUGIN_NOT_IN_RELEASE = "plugin_not_in_release"
    SCHEMA_BEHIND = "schema_behind"
    SCHEMA_DIFFERS = "schema_differs"
    WRONG_DATABASE = "wrong_database"
    SCHEMA_ROW_MISSING = "schema_row_missing"
    SCHEMA_TABLE_MISSING = "schema_table_missing"
    INDEX_MISSING = "index_missing"
    EXTENSION_MISSING = "extension_missing"
    SQL_MODE_ANSI_QUOTES = "sql_mode_ansi_quotes"
    READ_ONLY = "read_only"
    BINLOG_FORMAT_STATEMENT = "binlog_format_statement"
    MINOR_SKIPPED = "minor_skipped"
    MISSING = "missing"
    PAIR_REFUSED = "pair_refused"
    CLUSTER_NAME_DIFFERS = "cluster_name_differs"
    REMOTE_SHARDS = "remote_shards"
    REMOTE_FAILOVER_VERSION = "remote_failover_version"
    RELEASE_BROKEN = "release_broken"
    WOULD_NOT_START = "would_not_start"
    NOT_YET_OBSERVED = "not_yet_observed"
    OBSERVATION_TOO_OLD = "observation_too_old"
    VERSION_UNREADABLE = "version_unreadable"
    SCHEMA_UNREADABLE = "schema_unreadable"
    SCHEMA_ROWS_DIFFER = "schema_rows_differ"
    SHARED_DATABASE = "shared_database"
    INDEX_VERSION_AMBIGUOUS = "index_version_ambiguous"
    SETTING_UNREADABLE = "setting_unreadable"
    RELEASE_UNKNOWN = "release_unknown"
    RELEASE_AMBIGUOUS = "release_ambiguous"
    SERVER_UNKNOWN = "server_unknown"
    PLUGIN_UNKNOWN = "plugin_unknown"
    PAIR_UNKNOWN = "pair_unknown"
    SERVER_FILE_REFUSED = "server_file_refused"
    SERVER_FILE_UNCERTAIN = "server_file_uncertain"
    OTHER_STORE = "other_store"
    NOT_CONFIGURED = "not_configured"
    NOT_GIVEN = "not_given"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    NAME_NOT_RESOLVED = "name_not_resolved"
    TLS_FAILED = "tls_failed"
    AUTHENTICATION_FAILED = "authentication_failed"
    PERMISSION_DENIED = "permission_denied"
    SECRET_UNREADABLE = "secret_unreadable"  # noqa: S105 - a reason code, no secret
    DATABASE_MISSING = "database_missing"
    STORE_UNAVAILABLE = "store_unavailable"
    SCHEMA_DISAGREEMENT = "schema_disagreement"
    NOT_IMPLEMENTED = "not_implemented"
    BAD_ANSWER = "bad_answer"
    ANSWER_TOO_LARGE = "answer_too_large"
    NO_SERIES = "no_series"
    DRIVER_MISSING = "driver_missing"
    INTERNAL_ERROR = "internal_error"
    PLUGIN_MISMATCH = "plugin_mismatch"
    ISOLATION_ATTRIBUTE_NEEDED = "isolation_attribute_needed"
    TEMPLATE_BEHIND = "template_behind"
    NOT_SCRAPED = "not_scraped"
    NEWER_RECOMMENDED = "newer_recommended"
    SERVER_ALERT = "server_alert"
    SAME_CLUSTER = "same_cluster"
    REMOTE_NOT_CONNECTED = "remote_not_connected"
    REMOTE_NOT_READ = "remote_not_read"
    SHARD_COUNT_DIFFERS = "shard_count_differs"
    KEY_DROPPED = "key_dropped"
    SCHEMA_STEP_BEGUN = "schema_step_begun"
    WAIVER_EXPIRED = "waiver_expired"
