#!/usr/bin/env bash
# Temporal 1.22.7 to 1.25.2: 3 hops, 9 steps, 1 in the way.
# Go the whole way on a staging cluster under load first, then on the live one, by the same steps.
# $TEMPORAL_TOOLS holds a folder for each release, by its name, with that release's tools and its
# schema folder. The script ends at the first error. Run anew it begins at the top: the tools leave
# alone what was done.
set -euo pipefail

wait_for() {
	printf '\n%s\nEnter goes on, anything else ends this: ' "$1"
	read -r answer && [ -z "$answer" ]
}

# The folder of a release, with its tools before all others.
tools_of() {
	cd "$TEMPORAL_TOOLS/$1"
	if [ ! -x "$2" ]; then
		printf 'there is no %s in %s\n' "$2" "$PWD" >&2
		exit 1
	fi
	export PATH="$PWD:$PATH"
}

: "${TEMPORAL_TOOLS:?}"
: "${PERSISTENCE_HOST:?}"
: "${PERSISTENCE_KEYSPACE:?}"
: "${PERSISTENCE_PASSWORD:?}"
: "${PERSISTENCE_PORT:?}"
: "${PERSISTENCE_USER:?}"

# 1.23.1
# 1.23 replaces gogo/protobuf with the official Go runtime. Your own builds without the tag protolegacy reject invalid UTF-8 that older releases stored. Only where this holds: you build the server yourself, and strings contain bytes that are not UTF-8. Build with the tag protolegacy, as Temporal's Makefile does. [https://github.com/temporalio/temporal/releases/tag/v1.23.0]
echo 'Bring the schema of persistence from 1.8 to 1.9.'
(
	tools_of 1.23.1 temporal-cassandra-tool
	temporal-cassandra-tool --endpoint "$PERSISTENCE_HOST" --port "$PERSISTENCE_PORT" --user "$PERSISTENCE_USER" --password "$PERSISTENCE_PASSWORD" --keyspace "$PERSISTENCE_KEYSPACE" update-schema --schema-name cassandra/temporal --version 1.9
)
wait_for 'Deploy Temporal 1.23.1, to every replica.'
wait_for 'Wait about ten minutes, until every history shard was loaded, and see that all replicas run 1.23.1, that the agent'\''s verdict is as before and that your workflows go on.'
# The way back to 1.22.7 is open until the next hop: it runs on the newer schema, which stays.

# 1.24.3
# 1.24.0 removed Cassandra as a visibility store, and its schema folder. Move visibility to Elasticsearch or SQL while on 1.21 to 1.23, which can write to two stores. [temporalio/temporal: commit 2a8a1ae694 (#5237); schema tree @v1.23.1 vs @v1.24.0]
# Standard visibility was deprecated in 1.21 and removed in 1.24. Move to an advanced visibility store while on 1.20 to 1.23. [https://docs.temporal.io/self-hosted-guide/visibility.md ; temporalio/temporal: commit f6937601ef (#5387)]
echo 'blocked: visibility version (component_not_supported): Temporal 1.24.3 cannot use Cassandra for visibility (Cassandra 3.11.19, Temporal 1.24.3). Move visibility to Elasticsearch or SQL while on 1.21 to 1.23, which can write to two stores.' >&2
exit 1
echo 'Bring the schema of persistence from 1.9 to 1.10.'
(
	tools_of 1.24.3 temporal-cassandra-tool
	temporal-cassandra-tool --endpoint "$PERSISTENCE_HOST" --port "$PERSISTENCE_PORT" --user "$PERSISTENCE_USER" --password "$PERSISTENCE_PASSWORD" --keyspace "$PERSISTENCE_KEYSPACE" update-schema --schema-name cassandra/temporal --version 1.10
)
wait_for 'Deploy Temporal 1.24.3, to every replica.'
wait_for 'Wait about ten minutes, until every history shard was loaded, and see that all replicas run 1.24.3, that the agent'\''s verdict is as before and that your workflows go on.'
# The way back to 1.23.1 is open until the next hop: it runs on the newer schema, which stays.

# 1.25.2
echo 'blocked: visibility version (component_not_supported): Temporal 1.25.2 cannot use Cassandra for visibility (Cassandra 3.11.19, Temporal 1.25.2). Move visibility to Elasticsearch or SQL while on 1.21 to 1.23, which can write to two stores.' >&2
exit 1
echo 'Bring the schema of persistence from 1.10 to 1.11.'
(
	tools_of 1.25.2 temporal-cassandra-tool
	temporal-cassandra-tool --endpoint "$PERSISTENCE_HOST" --port "$PERSISTENCE_PORT" --user "$PERSISTENCE_USER" --password "$PERSISTENCE_PASSWORD" --keyspace "$PERSISTENCE_KEYSPACE" update-schema --schema-name cassandra/temporal --version 1.11
)
wait_for 'Deploy Temporal 1.25.2, to every replica.'
wait_for 'Wait about ten minutes, until every history shard was loaded, and see that all replicas run 1.25.2, that the agent'\''s verdict is as before and that your workflows go on.'
# No way back from here to the release before is known.
