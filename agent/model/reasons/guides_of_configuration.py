"""What to do about reasons of the configuration."""

from __future__ import annotations

from agent.model.reasons.guide import Guide
from agent.model.vocabulary import Reason

_GOOD = "Nothing is wrong."
_NOTHING = "Nothing to do."
_PLUGINS = "`temporal-compat-agent matrix show RELEASE` lists the plugins of the release."
_OWN_FILE = "Compare with Temporal's own file, such as `/etc/temporal/config/docker.yaml` in its container."
_STORED = "Read what the database has: `temporal --address FRONTEND:7233 operator cluster describe`."
_REMOTES = "List the clusters of the group: `temporal --address FRONTEND:7233 operator cluster list`."
_TARGETS = "Open the page *Targets* of Prometheus, and look for the replicas of this cluster."
_EFFECTIVE = (
    "`temporal-compat-agent config check FILE --resolved` prints the configuration as the agent reads it."
)
_NOT_COMPATIBLE = "The agent cannot judge this. Unknown never counts as compatible."
_NO_START = "Critical: a running server continues, but no server starts again after a restart."

GUIDES_OF_CONFIGURATION = {
    Reason.PLUGIN_AVAILABLE: Guide(_GOOD, _PLUGINS, _NOTHING),
    Reason.CONFIGURED: Guide(_GOOD, _EFFECTIVE, _NOTHING),
    Reason.SCRAPED: Guide(_GOOD, _TARGETS, _NOTHING),
    Reason.IN_PLACE_OF_VISIBILITY: Guide(_GOOD, _OWN_FILE, _NOTHING),
    Reason.REMOTE_MINOR_SKIPPED: Guide(
        "Replication may work, but Temporal does not test it.",
        _REMOTES,
        "Upgrade the older cluster, one minor at a time.",
    ),
    Reason.PLUGIN_NOT_IN_RELEASE: Guide(
        _NO_START,
        _PLUGINS,
        "Set `pluginName` (for Elasticsearch: `version`) in Temporal's own file, and `plugin` in the agent's"
        " configuration, to a value of this release."
        " Before you change `postgres` to `postgres12`, migrate the visibility schema with the new plugin's"
        " schema folder.",
    ),
    Reason.MISSING: Guide(
        _NO_START,
        _OWN_FILE,
        "Install the component, and add it to Temporal's own file and to the agent's configuration.",
    ),
    Reason.PAIR_REFUSED: Guide(
        _NO_START, _OWN_FILE, "Remove one of the two visibility stores from Temporal's own file."
    ),
    Reason.CLUSTER_NAME_DIFFERS: Guide(
        "Critical from 1.14 on: the next start writes a second cluster record, and after that the server may"
        " not start under either name.",
        _STORED,
        "Restore the stored name in Temporal's own file (`currentClusterName`) before any restart.",
    ),
    Reason.REMOTE_SHARDS: Guide(
        "A server refuses to add such a cluster. If it was added earlier, replication between the two fails.",
        _REMOTES,
        "Do not replicate between these two clusters. Set up one of them again with a shard count that"
        " divides the other's.",
    ),
    Reason.REMOTE_FAILOVER_VERSION: Guide(
        "A server refuses to add such a cluster. If it was added earlier, do not fail over between the two.",
        _REMOTES,
        "Do not replicate between these two clusters. Set up one of them again with another"
        " `initialFailoverVersion` and the same `failoverVersionIncrement`.",
    ),
    Reason.WOULD_NOT_START: Guide(
        "The release does not start after this upgrade, so the plan stops here.",
        "`temporal-compat-agent check --assume-server RELEASE` shows the same answer with all checks.",
        "Solve what the message names, then print the plan again.",
    ),
    Reason.PLUGIN_UNKNOWN: Guide(
        _NOT_COMPATIBLE, _OWN_FILE, "Set `plugin` of the store in the agent's configuration."
    ),
    Reason.PAIR_UNKNOWN: Guide(
        _NOT_COMPATIBLE, _OWN_FILE, "Add Temporal's own file to the agent's configuration (`server_config`)."
    ),
    Reason.SERVER_FILE_REFUSED: Guide(
        _NO_START,
        "The log of a server that tried to start has the same reason in its last lines.",
        "Correct the line in the message in Temporal's own file.",
    ),
    Reason.SERVER_FILE_UNCERTAIN: Guide(
        "Harmless while a server answers: it started with this file. Otherwise it may stop the next start.",
        "Check on the server's own machine what the message names, such as a file or a port.",
        "Correct Temporal's own file if the message is right about the server's machine.",
    ),
    Reason.OTHER_STORE: Guide(
        _NOT_COMPATIBLE + " The agent watches a store that this server does not use.",
        _OWN_FILE,
        "Configure the store that the server uses for this role.",
    ),
    Reason.NOT_CONFIGURED: Guide(
        _NOT_COMPATIBLE, _EFFECTIVE, "Add the store of this role to the agent's configuration, and reload."
    ),
    Reason.PLUGIN_MISMATCH: Guide(
        "Harmless for the server. The agent judges by the server's plugin.",
        _OWN_FILE,
        "Set `plugin` of the store in the agent's configuration to the server's plugin.",
    ),
    Reason.NOT_SCRAPED: Guide(
        "Harmless for the server. Alerts and dashboards have no data of this cluster.",
        _TARGETS,
        "Add what the message names to the scrape configuration of Prometheus.",
    ),
    Reason.SAME_CLUSTER: Guide(
        "Two entries show the same cluster. Or one database is a copy of the other, and two servers on copies"
        " run the same workflows twice.",
        _STORED,
        "Remove one of the two entries. If a database is a copy, give its cluster an identity of its own.",
    ),
    Reason.REMOTE_NOT_CONNECTED: Guide(
        "Nothing is replicated to this cluster. That may be intended.",
        _REMOTES,
        "Enable the connection if it should replicate:"
        " `temporal operator cluster upsert --enable-connection`.",
    ),
    Reason.REMOTE_NOT_READ: Guide(
        "The agent cannot compare the releases of the two clusters. The server may still reach the other.",
        "Contact the remote frontend from the agent's host:"
        " `temporal --address REMOTE operator cluster health`.",
        "Open the way from the agent to the remote frontend, or list it in `remote_frontends` with its TLS.",
    ),
    Reason.SHARD_COUNT_DIFFERS: Guide(
        "Harmless: the server uses the stored number. A new database would get the other one.",
        _STORED,
        "Set `numHistoryShards` in Temporal's own file to the stored number.",
    ),
    Reason.KEY_DROPPED: Guide(
        "The server starts and ignores the key, so what the key was for does not happen.",
        _OWN_FILE,
        "Replace or remove the key as the message says.",
    ),
    Reason.WAIVER_EXPIRED: Guide(
        "The finding that was accepted counts again.",
        _EFFECTIVE,
        "Solve the finding, or agree on a new date for `until` of the waiver.",
    ),
}
