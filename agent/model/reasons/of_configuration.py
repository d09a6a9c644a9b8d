"""Reasons about what is configured: roles, plugins, pairs of stores, remote clusters, waivers."""

from __future__ import annotations

from agent.model.reasons.info import ReasonInfo, supported, unknown, unsupported, untested
from agent.model.vocabulary import Check, Reason

_VERSION, _SCHEMA, _PLUGIN = Check.VERSION, Check.SCHEMA, Check.PLUGIN
_REQUIRED, _CONFIGURATION = Check.REQUIRED, Check.CONFIGURATION

OF_CONFIGURATION = (
    ReasonInfo(
        Reason.PLUGIN_AVAILABLE,
        "The release has the plugin",
        "The release has the plugin, or accepts the `version` of the Elasticsearch configuration.",
        supported(_PLUGIN),
    ),
    ReasonInfo(
        Reason.CONFIGURED,
        "The role is configured",
        "The configuration has what the release needs for this role.",
        supported(_REQUIRED),
    ),
    ReasonInfo(
        Reason.SCRAPED,
        "Prometheus scrapes the cluster",
        "Prometheus has metrics of Temporal or of the agent.",
        supported(_CONFIGURATION),
    ),
    ReasonInfo(
        Reason.IN_PLACE_OF_VISIBILITY,
        "The search store replaces the visibility store",
        "`advancedVisibilityStore` replaces `visibilityStore` (1.9 to 1.24).",
        supported(_REQUIRED),
    ),
    ReasonInfo(
        Reason.REMOTE_MINOR_SKIPPED,
        "Replicating clusters are more than one minor apart",
        "Two clusters that replicate run releases more than one minor apart.",
        untested(_CONFIGURATION),
    ),
    ReasonInfo(
        Reason.PLUGIN_NOT_IN_RELEASE,
        "The release does not have this plugin",
        "The release does not have the plugin, or does not accept the `version` of the Elasticsearch"
        " configuration. With `unknown`, it therefore has no schema to compare with.",
        unsupported(_PLUGIN) | unknown(_SCHEMA),
        remedy="{release} has {plugins}.",
    ),
    ReasonInfo(
        Reason.MISSING,
        "Something that the release needs is missing",
        "The release needs a component in this role, and there is none.",
        unsupported(_REQUIRED),
        remedy="Before this step of the upgrade, set it up and add it to the configuration.",
    ),
    ReasonInfo(
        Reason.PAIR_REFUSED,
        "The release refuses these two stores together",
        "The release refuses to start with these two visibility stores together.",
        unsupported(_CONFIGURATION),
        remedy="Configure only one of the two.",
    ),
    ReasonInfo(
        Reason.CLUSTER_NAME_DIFFERS,
        "The cluster name differs from the stored one",
        "Temporal's own file has another cluster name than the database: the next start writes a second"
        " cluster record. Up to 1.13 the stored name wins, and the verdict is `supported`.",
        supported(_CONFIGURATION) | unsupported(_CONFIGURATION),
        is_finding=True,
    ),
    ReasonInfo(
        Reason.REMOTE_SHARDS,
        "Shard counts of replicating clusters do not divide",
        "Two clusters that replicate have history shard counts, and neither is a multiple of the other.",
        unsupported(_CONFIGURATION),
    ),
    ReasonInfo(
        Reason.REMOTE_FAILOVER_VERSION,
        "Failover versions of replicating clusters conflict",
        "Two clusters that replicate have the same initial failover version, or different increments.",
        unsupported(_CONFIGURATION),
    ),
    ReasonInfo(
        Reason.WOULD_NOT_START,
        "The server would not start",
        "The release would not start here, for a reason that belongs to no check.",
    ),
    ReasonInfo(
        Reason.PLUGIN_UNKNOWN,
        "The plugin is not known",
        "The answer depends on the SQL plugin, and neither the server nor the configuration says which one"
        " is used.",
        unknown(_VERSION, _SCHEMA, Check.PREREQUISITES, _CONFIGURATION),
    ),
    ReasonInfo(
        Reason.PAIR_UNKNOWN,
        "A second store or a second index: not known",
        "Two visibility stores are on one search cluster. The release accepts the second only as a second"
        " index of the first, and only Temporal's own file says whether it is one.",
        unknown(_CONFIGURATION),
    ),
    ReasonInfo(
        Reason.SERVER_FILE_REFUSED,
        "The release refuses Temporal's own file",
        "The release exits when it starts, because of a value in Temporal's own file. The message"
        " names the key, and what to write there.",
        unsupported(_CONFIGURATION),
        remedy="Correct Temporal's own file first, as the message says.",
    ),
    ReasonInfo(
        Reason.SERVER_FILE_UNCERTAIN,
        "Temporal's own file may stop the start",
        "Temporal's own file names a file that is not on the agent's machine, or has a value that stops some"
        " servers. The message says what to check. `supported` while a server answers: it started with it.",
        supported(_CONFIGURATION) | unknown(_CONFIGURATION),
        is_finding=True,
    ),
    ReasonInfo(
        Reason.OTHER_STORE,
        "The server uses another store than configured",
        "For this role the server uses another kind of store than the one in the agent's configuration.",
        unknown(_VERSION, _SCHEMA, _PLUGIN, _REQUIRED),
    ),
    ReasonInfo(
        Reason.NOT_CONFIGURED,
        "The agent's configuration lacks this store",
        "Every server has a store for this role, but the agent's configuration has none.",
        unknown(_REQUIRED),
    ),
    ReasonInfo(
        Reason.PLUGIN_MISMATCH,
        "The server uses another plugin than configured",
        "The agent's configuration has another plugin than the server uses. The plugin of the server counts.",
        supported(_PLUGIN),
        is_finding=True,
    ),
    ReasonInfo(
        Reason.NOT_SCRAPED,
        "Prometheus does not scrape the cluster",
        "Prometheus has no metrics of Temporal, and none of the agent, for this cluster. The message says"
        " what to scrape.",
        supported(_CONFIGURATION),
        is_finding=True,
    ),
    ReasonInfo(
        Reason.SAME_CLUSTER,
        "Two configured clusters are the same one",
        "Another configured cluster has the same cluster id: it is configured twice, or one database is a"
        " copy of the other.",
        supported(_CONFIGURATION),
        is_finding=True,
    ),
    ReasonInfo(
        Reason.REMOTE_NOT_CONNECTED,
        "The connection to a remote cluster is not enabled",
        "The connection to a remote cluster is not enabled.",
        supported(_CONFIGURATION),
        is_finding=True,
    ),
    ReasonInfo(
        Reason.REMOTE_NOT_READ,
        "A remote cluster does not answer",
        "A remote cluster does not answer the agent, so its version is not known.",
        supported(_CONFIGURATION),
        is_finding=True,
    ),
    ReasonInfo(
        Reason.SHARD_COUNT_DIFFERS,
        "The shard count differs from the stored one",
        "Temporal's own file has another `numHistoryShards` than the database. The stored number is used.",
        supported(_CONFIGURATION),
        is_finding=True,
    ),
    ReasonInfo(
        Reason.KEY_DROPPED,
        "The release ignores some configuration keys",
        "Temporal's own files have keys that the release does not have, or no longer has. The message names"
        " what replaced them.",
        supported(_CONFIGURATION),
        is_finding=True,
    ),
    ReasonInfo(
        Reason.WAIVER_EXPIRED,
        "A waiver has ended",
        "A waiver has ended and no longer counts.",
        supported(*Check),
        is_finding=True,
        can_be_waived=False,
        runbook="TemporalCompatWaiverEnding",
    ),
)
