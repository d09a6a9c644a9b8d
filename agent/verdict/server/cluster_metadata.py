"""The cluster name and shard count in the server's own file, compared with those in the database."""

from __future__ import annotations

from packaging.specifiers import SpecifierSet

from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict.cluster import ClusterView
from agent.verdict.result import Result, StartAnswer
from agent.verdict.server.running_versions import RunningVersions

#: Releases with one record in the database, whose name is used (temporal/server.go:534@v1.13.4). Later
#: releases search the record by its name, and write one where there is none.
_ONE_RECORD = SpecifierSet("<1.14.0")

_ONE_SOURCE = "temporalio/temporal@v1.13.4: temporal/server.go"
_SOURCE = "temporalio/temporal@v1.15.2, @v1.31.2: temporal/fx.go, ApplyClusterMetadataConfigProvider"


def record_results(view: ClusterView, running: RunningVersions) -> list[Result]:
    """Results for a cluster name or shard count in the file that differs from the stored one."""
    file = view.subject.server_file
    if file is None or not running.matches:
        return []
    stored = _stored(view)
    name, shards = stored.get("cluster_name", ""), stored.get("history_shard_count", "")
    results = []
    if name and file.cluster_name not in ("", name):
        results.append(_name(running, name, file.cluster_name))
    if shards.isdecimal() and file.history_shards not in (0, int(shards)):
        message = (
            f"numHistoryShards is {file.history_shards} in the server's own file and {shards[:12]} in the"
            " database. The server uses the stored number, which cannot be changed: correct the file"
        )
        results.append(_result(Verdict.SUPPORTED, Reason.SHARD_COUNT_DIFFERS, message, _SOURCE))
    return results


def _stored(view: ClusterView) -> dict[str, str]:
    """What the last answers report, however old: stored values do not change. Fresh answers override."""
    facts = [observation.facts for observation in view.of(Role.SERVER) if observation.facts is not None]
    fresh = [answer for answer in map(view.fresh, view.of(Role.SERVER)) if answer is not None]
    details: dict[str, str] = {}
    for answer in (*facts, *fresh):
        details.update({key: value for key, value in answer.details.items() if value})
    return details


def record_starts(view: ClusterView, running: RunningVersions) -> list[StartAnswer]:
    """Why a server would not start under another name: two records with the same initial failover version.

    It writes its own record first (common/cluster/metadata.go:162@v1.31.2), so it would not start under its
    old name either.
    """
    file = view.subject.server_file
    if file is None:
        return []
    stored = _stored(view)
    name = stored.get("cluster_name", "")
    if not name or file.cluster_name in ("", name) or _uses_stored_name(running):
        return []
    stored_version = stored.get("initial_failover_version", "")
    if not stored_version or not file.initial_failover_version:
        message = (
            f"under another name than {name[:60]} a server starts only if initialFailoverVersion differs too,"
            " which is not known"
        )
        return [StartAnswer(None, message)]
    if stored_version != str(file.initial_failover_version):
        return []
    message = (
        f"the clusters {file.cluster_name[:60]} and {name[:60]} would have the same initialFailoverVersion"
        f" {stored_version[:20]}: no server would start. Restore the old name first"
    )
    return [StartAnswer(False, message)]


def _uses_stored_name(running: RunningVersions) -> bool:
    return all(match.version.within(_ONE_RECORD) for match in running.matches)


def _name(running: RunningVersions, stored: str, configured: str) -> Result:
    both = (
        f"currentClusterName is {configured[:60]} in the server's own file and {stored[:60]} in the database"
    )
    if _uses_stored_name(running):
        message = f"{both}. Up to 1.13 the server uses the stored name, from 1.14 on the configured one"
        return _result(Verdict.SUPPORTED, Reason.CLUSTER_NAME_DIFFERS, message, _ONE_SOURCE)
    message = (
        f"{both}. The next start would write a second cluster record. If initialFailoverVersion is unchanged,"
        " no server will start again, not even under the old name. If it differs, Temporal creates a new,"
        f" empty cluster and the data of {stored[:60]} is orphaned. Restore the old name first"
    )
    return _result(Verdict.UNSUPPORTED, Reason.CLUSTER_NAME_DIFFERS, message, _SOURCE)


def _result(verdict: Verdict, reason: Reason, message: str, source: str) -> Result:
    return Result(Role.SERVER, Check.CONFIGURATION, "temporal", verdict, reason, message, source)
