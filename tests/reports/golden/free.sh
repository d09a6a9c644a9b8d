#!/usr/bin/env bash
# Temporal 1.23.0 to 1.24.3: 2 hops, 11 steps.
# Run the whole plan on a staging cluster under load first, then the same steps on the live cluster.
# Set $PERSISTENCE_USER and $VISIBILITY_USER to a user who may change the schema. Otherwise the commands log in as the agent's user, which should only have read access.
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
: "${PERSISTENCE_PASSWORD:?}"
: "${VISIBILITY_PASSWORD:?}"
require 1.23.1 temporal-sql-tool
require 1.24.3 temporal-sql-tool
wait_for 'Back up every store, such as:
PGPASSWORD="$PERSISTENCE_PASSWORD" pg_dump --host db.local --port 5432 --username "${PERSISTENCE_USER:-agent}" --format custom --file persistence.dump temporal
PGPASSWORD="$VISIBILITY_PASSWORD" pg_dump --host db.local --port 5432 --username "${VISIBILITY_USER:-agent}" --format custom --file visibility.dump temporal_visibility'

# 1.23.1
# critical warning: CVE-2026-5724: The replication stream of the frontend skips authentication and authorization (GHSA-q98v-9f9w-f49q). The CVE record gives 1.24.0 as the first affected release; the code has the stream from 1.21.0 on. Only if: an authorizer is configured; the frontend can be reached. Use 1.28.4, 1.29.6, 1.30.4, 1.31.2 or later. Fixed in 1.28.4, 1.29.6, 1.30.4. [https://www.cve.org/CVERecord?id=CVE-2026-5724 ; golang/vulndb:data/osv/GO-2026-5578.json@HEAD ; temporalio/temporal:service/frontend/adminHandler.go@v1.21.0 (none @v1.20.5)]
# PostgreSQL advanced visibility needs the extension btree_gin. The schema step creates it, so its role needs the right to do so. On 1.20 the step fails if the extension already exists; from 1.21 on it uses IF NOT EXISTS; from 1.30 on it checks the catalogue first, for managed services. If the extension cannot be used, the error names a missing GIN operator class. Give the role that updates the schema the right to create btree_gin, or create it in the visibility database before the update, in a schema on the search path of that role. Where it already exists, apply step 1.2 with the tool and the schema folder of 1.21.6, not with those of 1.20. [temporalio/temporal:schema/postgresql/v12/visibility/versioned/v1.2/advanced_visibility.sql@v1.20.5, @v1.21.0, @v1.30.0 ; https://github.com/temporalio/temporal/issues/9930 (diagnosis inferred)]
wait_for 'Upgrade the schema of visibility from 1.1 to 1.4. Each of the steps 1.2 and 1.3 rewrites executions_visibility: reads and writes are blocked until it is done. Step 1.4 builds indexes on executions_visibility: writes are blocked until it is done.'
(
	tools_of 1.23.1 temporal-sql-tool
	SQL_PASSWORD="$VISIBILITY_PASSWORD" temporal-sql-tool --endpoint db.local --port 5432 --user "${VISIBILITY_USER:-agent}" --plugin postgres12 --database temporal_visibility update-schema --schema-name postgresql/v12/visibility --version 1.4
)
wait_for 'Wait and observe before you continue: 1.23.0 now runs on the newer schema. Confirm that workflows make progress, that its errors and latencies have not risen, and that the agent shows the new schema versions.'
wait_for 'Set pluginName of the defaultStore to postgres12: 1.24.3 has no plugin postgres. First migrate the schema using the new plugin'\''s schema folder.'
wait_for 'Set pluginName of the visibilityStore to postgres12: 1.24.3 has no plugin postgres. First migrate the schema using the new plugin'\''s schema folder.'
wait_for 'Deploy Temporal 1.23.1 to every replica.'
wait_for 'Wait about ten minutes for all history shards to load. Confirm that all replicas run 1.23.1, the agent'\''s verdict has not changed and workflows make progress.'
# You can roll back to 1.23.0 until the next hop. The newer schema stays: 1.23.0 runs on it.

# 1.24.3
# critical warning: CVE-2026-5724: The replication stream of the frontend skips authentication and authorization (GHSA-q98v-9f9w-f49q). The CVE record gives 1.24.0 as the first affected release; the code has the stream from 1.21.0 on. Only if: an authorizer is configured; the frontend can be reached. Use 1.28.4, 1.29.6, 1.30.4, 1.31.2 or later. Fixed in 1.28.4, 1.29.6, 1.30.4. [https://www.cve.org/CVERecord?id=CVE-2026-5724 ; golang/vulndb:data/osv/GO-2026-5578.json@HEAD ; temporalio/temporal:service/frontend/adminHandler.go@v1.21.0 (none @v1.20.5)]
# According to an open report, PostgreSQL visibility updates fail on busy systems (step 1.6 drops and recreates columns and indexes). Only if: the database is busy. Reduce the load, or stop what writes to visibility, during the update. If the update fails, run it again: it skips the errors "already exists" and "not found". [https://github.com/temporalio/temporal/issues/6273 ; temporalio/temporal:tools/common/schema/updatetask.go@v1.31.2]
echo 'Upgrade the schema of persistence from 1.11 to 1.12.'
(
	tools_of 1.24.3 temporal-sql-tool
	SQL_PASSWORD="$PERSISTENCE_PASSWORD" temporal-sql-tool --endpoint db.local --port 5432 --user "${PERSISTENCE_USER:-agent}" --plugin postgres12 --database temporal --tls --tls-ca-file /tls/ca.pem --tls-server-name db update-schema --schema-name postgresql/v12/temporal --version 1.12
)
wait_for 'Upgrade the schema of visibility from 1.4 to 1.6. Each of the steps 1.5 and 1.6 builds indexes on executions_visibility: writes are blocked until it is done.'
(
	tools_of 1.24.3 temporal-sql-tool
	SQL_PASSWORD="$VISIBILITY_PASSWORD" temporal-sql-tool --endpoint db.local --port 5432 --user "${VISIBILITY_USER:-agent}" --plugin postgres12 --database temporal_visibility update-schema --schema-name postgresql/v12/visibility --version 1.6
)
wait_for 'Wait and observe before you continue: 1.23.1 now runs on the newer schema. Confirm that workflows make progress, that its errors and latencies have not risen, and that the agent shows the new schema versions.'
wait_for 'Deploy Temporal 1.24.3 to every replica.'
wait_for 'Wait about ten minutes for all history shards to load. Confirm that all replicas run 1.24.3, the agent'\''s verdict has not changed and workflows make progress.'
# You can roll back to 1.23.1 until the next hop. The newer schema stays: 1.23.1 runs on it.

echo 'Done: Temporal 1.23.0 to 1.24.3, 2 hops, 11 steps.'
