#!/usr/bin/env bash
# Temporal 1.23.0 to 1.24.3: 2 hops, 9 steps.
# Go the whole way on a staging cluster under load first, then on the live one, by the same steps.
# Set $PERSISTENCE_USER and $VISIBILITY_USER to the user who may change the schema; else the commands log in as the agent does, who should only read.
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
: "${PERSISTENCE_PASSWORD:?}"
: "${VISIBILITY_PASSWORD:?}"

# 1.23.1
# PostgreSQL advanced visibility needs the extension btree_gin. The schema step creates it, so its role needs the right to do so. On 1.20 the step fails if the extension already exists; from 1.21 on it uses IF NOT EXISTS; from 1.30 on it checks the catalogue first, for managed services. If the extension cannot be used, the error names a missing GIN operator class. Create btree_gin in the visibility database before the update, in a schema on the search path of the role that updates the schema. [temporalio/temporal:schema/postgresql/v12/visibility/versioned/v1.2/advanced_visibility.sql@v1.20.5, @v1.21.0, @v1.30.0 ; https://github.com/temporalio/temporal/issues/9930 (diagnosis inferred)]
echo 'Bring the schema of visibility from 1.1 to 1.4. Each of the steps 1.2 and 1.3 rewrites executions_visibility: reads and writes are blocked until it is done. Step 1.4 builds indexes on executions_visibility: writes are blocked until it is done.'
(
	tools_of 1.23.1 temporal-sql-tool
	temporal-sql-tool --endpoint db.local --port 5432 --user "${VISIBILITY_USER:-agent}" --password "$VISIBILITY_PASSWORD" --plugin postgres12 --database temporal_visibility update-schema --schema-name postgresql/v12/visibility --version 1.4
)
wait_for 'Set pluginName of the defaultStore to postgres12: 1.24.3 has no postgres. The schema must have been brought along the new plugin'\''s folder before.'
wait_for 'Set pluginName of the visibilityStore to postgres12: 1.24.3 has no postgres. The schema must have been brought along the new plugin'\''s folder before.'
wait_for 'Deploy Temporal 1.23.1, to every replica.'
wait_for 'Wait about ten minutes, until every history shard was loaded, and see that all replicas run 1.23.1, that the agent'\''s verdict is as before and that your workflows go on.'
# The way back to 1.23.0 is open until the next hop: it runs on the newer schema, which stays.

# 1.24.3
# According to an open report, PostgreSQL visibility updates fail on busy systems (step 1.6 drops and recreates columns and indexes). Only where this holds: the database is busy. Reduce the load, or stop what writes to visibility, during the update. If the update fails, run it again: it skips the errors "already exists" and "not found". [https://github.com/temporalio/temporal/issues/6273 ; temporalio/temporal:tools/common/schema/updatetask.go@v1.31.2]
echo 'Bring the schema of persistence from 1.11 to 1.12.'
(
	tools_of 1.24.3 temporal-sql-tool
	temporal-sql-tool --endpoint db.local --port 5432 --user "${PERSISTENCE_USER:-agent}" --password "$PERSISTENCE_PASSWORD" --plugin postgres12 --database temporal --tls --tls-ca-file /tls/ca.pem --tls-server-name db update-schema --schema-name postgresql/v12/temporal --version 1.12
)
echo 'Bring the schema of visibility from 1.4 to 1.6. Each of the steps 1.5 and 1.6 builds indexes on executions_visibility: writes are blocked until it is done.'
(
	tools_of 1.24.3 temporal-sql-tool
	temporal-sql-tool --endpoint db.local --port 5432 --user "${VISIBILITY_USER:-agent}" --password "$VISIBILITY_PASSWORD" --plugin postgres12 --database temporal_visibility update-schema --schema-name postgresql/v12/visibility --version 1.6
)
wait_for 'Deploy Temporal 1.24.3, to every replica.'
wait_for 'Wait about ten minutes, until every history shard was loaded, and see that all replicas run 1.24.3, that the agent'\''s verdict is as before and that your workflows go on.'
# The way back to 1.23.1 is open until the next hop: it runs on the newer schema, which stays.
