"""What the server's own file says of the cluster, and the database otherwise: who wins, what comes of it."""

from __future__ import annotations

from packaging.specifiers import SpecifierSet

from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict.cluster import View
from agent.verdict.result import Result, StartAnswer
from agent.verdict.server.running_versions import Running

#: Until when the database has one record, whose name wins (temporal/server.go:534@v1.13.4). Later ones are
#: looked up by their name, and made where there is none of it.
_ONE_RECORD = SpecifierSet("<1.14.0")

_ONE_SOURCE = "temporalio/temporal@v1.13.4: temporal/server.go"
_SOURCE = "temporalio/temporal@v1.15.2, @v1.31.2: temporal/fx.go, ApplyClusterMetadataConfigProvider"


def record_results(view: View, running: Running) -> list[Result]:
    """The file's cluster name and shard count, where they are not the stored ones."""
    file = view.subject.server_file
    if file is None or not running.matches:
        return []
    stored = _stored(view)
    name, shards = stored.get("cluster_name", ""), stored.get("history_shard_count", "")
    found = []
    if name and file.cluster_name not in ("", name):
        found.append(_name(running, name, file.cluster_name))
    if shards.isdecimal() and file.history_shards not in (0, int(shards)):
        message = (
            f"the server's own file says numHistoryShards: {file.history_shards}, the database {shards[:12]};"
            " the stored one wins, and can't be changed"
        )
        found.append(_result(Verdict.SUPPORTED, Reason.SHARD_COUNT_DIFFERS, message, _SOURCE))
    return found


def _stored(view: View) -> dict[str, str]:
    """By the last answers, however old, as the database keeps it; a fresh one comes after the others."""
    facts = [observation.facts for observation in view.of(Role.SERVER) if observation.facts is not None]
    fresh = [found for found in map(view.fresh, view.of(Role.SERVER)) if found is not None]
    details: dict[str, str] = {}
    for found in (*facts, *fresh):
        details.update({key: value for key, value in found.details.items() if value})
    return details


def record_starts(view: View, running: Running) -> list[StartAnswer]:
    """What keeps a server from starting under another name: two records with one initial failover version.

    It writes its own record first (common/cluster/metadata.go:162@v1.31.2), so that it does not start under
    its old name either.
    """
    file = view.subject.server_file
    if file is None:
        return []
    stored = _stored(view)
    name = stored.get("cluster_name", "")
    if not name or file.cluster_name in ("", name) or _stored_wins(running):
        return []
    told = stored.get("initial_failover_version", "")
    if not told or not file.initial_failover_version:
        message = (
            f"under another name than {name[:60]} a server starts only with another initialFailoverVersion"
        )
        return [StartAnswer(None, message)]
    if told != str(file.initial_failover_version):
        return []
    message = (
        f"the clusters {file.cluster_name[:60]} and {name[:60]} would have the same initialFailoverVersion"
        f" {told[:20]}, with which no server starts"
    )
    return [StartAnswer(False, message)]


def _stored_wins(running: Running) -> bool:
    return all(match.version.within(_ONE_RECORD) for match in running.matches)


def _name(running: Running, stored: str, configured: str) -> Result:
    both = f"the server's own file says currentClusterName: {configured[:60]}, the database {stored[:60]}"
    if _stored_wins(running):
        message = f"{both}; the stored one wins up to 1.13, and no longer from 1.14 on"
        return _result(Verdict.SUPPORTED, Reason.CLUSTER_NAME_DIFFERS, message, _ONE_SOURCE)
    message = (
        f"{both}: the next start writes a second cluster record. With the same initialFailoverVersion no"
        " server starts on both, not even under its old name; with another one this is a new cluster, with an"
        f" id and the shard count of its own, and nothing of {stored[:60]} is its. Put the name back before"
    )
    return _result(Verdict.UNSUPPORTED, Reason.CLUSTER_NAME_DIFFERS, message, _SOURCE)


def _result(verdict: Verdict, reason: Reason, message: str, source: str) -> Result:
    return Result(Role.SERVER, Check.CONFIGURATION, "temporal", verdict, reason, message, source)
