#!/usr/bin/env bash
# Temporal 1.22.7 to 1.25.2: 3 hops, 12 steps, 1 blocker.
# Run the whole plan on a staging cluster under load first, then the same steps on the live cluster.
# $TEMPORAL_TOOLS is a folder with one subfolder per release, such as 1.31.2, that has the tools and
# the schema folder of that release. The script stops at the first error. You can run it again from the
# top: the tools skip the steps that are done.
set -euo pipefail

wait_for() {
	printf '\n%s\nPress Enter to continue, type anything else to stop: ' "$1"
	read -r answer && [ -z "$answer" ]
}

# Stop unless the folder of a release has this tool.
require() {
	if [ ! -x "$TEMPORAL_TOOLS/$1/$2" ]; then
		printf 'missing %s/%s; check TEMPORAL_TOOLS\n' "$1" "$2" >&2
		exit 1
	fi
}

# Enter the folder of a release, and put its tools first in PATH.
tools_of() {
	require "$1" "$2"
	cd "$TEMPORAL_TOOLS/$1"
	export PATH="$PWD:$PATH"
}

: "${TEMPORAL_TOOLS:?}"
: "${PERSISTENCE_HOST:?}"
: "${PERSISTENCE_KEYSPACE:?}"
: "${PERSISTENCE_PASSWORD:?}"
: "${PERSISTENCE_PORT:?}"
: "${PERSISTENCE_USER:?}"
require 1.23.1 temporal-cassandra-tool
wait_for 'Back up every store, such as:
nodetool snapshot --tag before-upgrade "$PERSISTENCE_KEYSPACE"  # on every node
nodetool snapshot --tag before-upgrade "$VISIBILITY_KEYSPACE"  # on every node'

# 1.23.1
# critical warning: CVE-2026-5724: The replication stream of the frontend skips authentication and authorization (GHSA-q98v-9f9w-f49q). The CVE record gives 1.24.0 as the first affected release; the code has the stream from 1.21.0 on. Only if: an authorizer is configured; the frontend can be reached. Use 1.28.4, 1.29.6, 1.30.4, 1.31.2 or later. Fixed in 1.28.4, 1.29.6, 1.30.4. [https://www.cve.org/CVERecord?id=CVE-2026-5724 ; golang/vulndb:data/osv/GO-2026-5578.json@HEAD ; temporalio/temporal:service/frontend/adminHandler.go@v1.21.0 (none @v1.20.5)]
# 1.23 replaces gogo/protobuf with the official Go runtime. Your own builds without the tag protolegacy reject invalid UTF-8 that older releases stored. Only if: you build the server yourself, and strings contain bytes that are not UTF-8. Build with the tag protolegacy, as Temporal's Makefile does. [https://github.com/temporalio/temporal/releases/tag/v1.23.0]
echo 'Upgrade the schema of persistence from 1.8 to 1.9.'
(
	tools_of 1.23.1 temporal-cassandra-tool
	CASSANDRA_PASSWORD="$PERSISTENCE_PASSWORD" temporal-cassandra-tool --endpoint "$PERSISTENCE_HOST" --port "$PERSISTENCE_PORT" --user "$PERSISTENCE_USER" --keyspace "$PERSISTENCE_KEYSPACE" update-schema --schema-name cassandra/temporal --version 1.9
)
wait_for 'Wait and observe before you continue: 1.22.7 now runs on the newer schema. Confirm that workflows make progress, that its errors and latencies have not risen, and that the agent shows the new schema versions.'
wait_for 'Deploy Temporal 1.23.1 to every replica.'
wait_for 'Wait about ten minutes for all history shards to load. Confirm that all replicas run 1.23.1, the agent'\''s verdict has not changed and workflows make progress.'
# You can roll back to 1.22.7 until the next hop. The newer schema stays: 1.22.7 runs on it.

# 1.24.3
# 1.24.0 removed Cassandra as a visibility store, and its schema folder. Move visibility to Elasticsearch or SQL while on 1.21 to 1.23, which can write to two stores. [temporalio/temporal: commit 2a8a1ae694 (#5237); schema tree @v1.23.1 vs @v1.24.0]
# Standard visibility was deprecated in 1.21 and removed in 1.24. Move to an advanced visibility store while on 1.20 to 1.23. [https://docs.temporal.io/self-hosted-guide/visibility.md ; temporalio/temporal: commit f6937601ef (#5387)]
echo 'blocked: visibility version (component_not_supported): Temporal 1.24.3 cannot use Cassandra for visibility (Cassandra 3.11.19, Temporal 1.24.3). Move visibility to Elasticsearch or SQL while on 1.21 to 1.23, which can write to two stores.' >&2
exit 1
echo 'Upgrade the schema of persistence from 1.9 to 1.10.'
(
	tools_of 1.24.3 temporal-cassandra-tool
	CASSANDRA_PASSWORD="$PERSISTENCE_PASSWORD" temporal-cassandra-tool --endpoint "$PERSISTENCE_HOST" --port "$PERSISTENCE_PORT" --user "$PERSISTENCE_USER" --keyspace "$PERSISTENCE_KEYSPACE" update-schema --schema-name cassandra/temporal --version 1.10
)
wait_for 'Wait and observe before you continue: 1.23.1 now runs on the newer schema. Confirm that workflows make progress, that its errors and latencies have not risen, and that the agent shows the new schema versions.'
wait_for 'Deploy Temporal 1.24.3 to every replica.'
wait_for 'Wait about ten minutes for all history shards to load. Confirm that all replicas run 1.24.3, the agent'\''s verdict has not changed and workflows make progress.'
# You can roll back to 1.23.1 until the next hop. The newer schema stays: 1.23.1 runs on it.

# 1.25.2
# critical warning: cassandra-visibility-removed-1.24: 1.24.0 removed Cassandra as a visibility store, and its schema folder. Move visibility to Elasticsearch or SQL while on 1.21 to 1.23, which can write to two stores. [temporalio/temporal: commit 2a8a1ae694 (#5237); schema tree @v1.23.1 vs @v1.24.0]
# critical warning: standard-visibility-removed-1.24: Standard visibility was deprecated in 1.21 and removed in 1.24. Move to an advanced visibility store while on 1.20 to 1.23. [https://docs.temporal.io/self-hosted-guide/visibility.md ; temporalio/temporal: commit f6937601ef (#5387)]
# critical warning: CVE-2026-5724: The replication stream of the frontend skips authentication and authorization (GHSA-q98v-9f9w-f49q). The CVE record gives 1.24.0 as the first affected release; the code has the stream from 1.21.0 on. Only if: an authorizer is configured; the frontend can be reached. Use 1.28.4, 1.29.6, 1.30.4, 1.31.2 or later. Fixed in 1.28.4, 1.29.6, 1.30.4. [https://www.cve.org/CVERecord?id=CVE-2026-5724 ; golang/vulndb:data/osv/GO-2026-5578.json@HEAD ; temporalio/temporal:service/frontend/adminHandler.go@v1.21.0 (none @v1.20.5)]
# critical warning: CVE-2026-87858: A caller can set a header that sends a callback to the internal frontend with an administrator's rights (GHSA-vrgw-vghm-5p74). This is harder on 1.25.0 to 1.29.7 than from 1.30.0 on. Only if: there is an internal frontend whose httpPort is not 0; component.callbacks.allowedAddresses is not empty; an authorizer is configured. Use 1.30.7, 1.31.3, 1.32.0 or later. If you cannot upgrade, set httpPort of the internal frontend to 0, or empty component.callbacks.allowedAddresses. Fixed in 1.30.7, 1.31.3. [https://www.cve.org/CVERecord?id=CVE-2026-87858]
echo 'blocked: visibility version (component_not_supported): Temporal 1.25.2 cannot use Cassandra for visibility (Cassandra 3.11.19, Temporal 1.25.2). Move visibility to Elasticsearch or SQL while on 1.21 to 1.23, which can write to two stores.' >&2
exit 1
echo 'Upgrade the schema of persistence from 1.10 to 1.11.'
(
	tools_of 1.25.2 temporal-cassandra-tool
	CASSANDRA_PASSWORD="$PERSISTENCE_PASSWORD" temporal-cassandra-tool --endpoint "$PERSISTENCE_HOST" --port "$PERSISTENCE_PORT" --user "$PERSISTENCE_USER" --keyspace "$PERSISTENCE_KEYSPACE" update-schema --schema-name cassandra/temporal --version 1.11
)
wait_for 'Wait and observe before you continue: 1.24.3 now runs on the newer schema. Confirm that workflows make progress, that its errors and latencies have not risen, and that the agent shows the new schema versions.'
wait_for 'Deploy Temporal 1.25.2 to every replica.'
wait_for 'Wait about ten minutes for all history shards to load. Confirm that all replicas run 1.25.2, the agent'\''s verdict has not changed and workflows make progress.'
# Rollback from here is not known to be possible.

echo 'Done: Temporal 1.22.7 to 1.25.2, 3 hops, 12 steps, 1 blocker.'
