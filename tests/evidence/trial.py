"""One trial: the schema tools, the server and the workload of a release on a pair of stores."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import re
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import count
from typing import Any

import temporalio.service
import yaml
from temporalio.service import RPCError, RPCStatusCode

from tests.integration.servers import cache
from tests.integration.servers.stores import AnyStores
from tests.integration.servers.temporal import TemporalServer
from tests.integration.servers.temporal_build import TemporalBinaries

from .steps import FAILURES, Steps, WrongResultError
from .stores import Pair, Store, StoreRole
from .workload import WORKFLOWS, queries, run_workload

_names = count(1)
_LOGGED_ERROR = re.compile(r'"error": "((?:[^"\\]|\\.)*)"')
#: With a search store, a new attribute is otherwise used only after the cache of a minute.
_DYNAMIC = {"system.forceSearchAttributesCacheRefreshOnRead": [{"value": True}]}
#: What a server logs where the machine is slow, on every store: it loses a shard, or a call takes too long.
_OF_A_BUSY_MACHINE = (
    *("shard status unknown", "shard closed", "context deadline exceeded", "context canceled"),
    # What follows such a timeout: the transaction ended with it.
    "transaction has already been committed or rolled back",
)
_OF_A_SLOW_MACHINE = (RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED)
_LEVELS = ("error", "fatal", "panic", "dpanic")
_ROLES: Mapping[str, StoreRole] = {
    "persistence schema": "persistence",
    "visibility schema": "visibility",
    "search attributes": "visibility",
    "list queries": "visibility",
}


def try_release(binaries: TemporalBinaries, pair: Pair, workflows: int = WORKFLOWS) -> dict[str, Any]:
    """The record of one trial. Raises what is not a fault of the combination, such as a timeout."""
    steps, logs = Steps(), list[str]()
    started = time.monotonic()
    failure: BaseException | None = None
    slow = 0
    try:
        stores = pair.create(binaries, f"trial{next(_names)}", steps)
        _serve(binaries, stores, steps, workflows, logs)
        steps.begin("server log")
        slow = _check(logs[0])
    except FAILURES as error:
        if isinstance(error, RPCError) and error.status in _OF_A_SLOW_MACHINE:
            raise
        failure = error
    record = describe(binaries.version, pair) | {
        "date": datetime.now(UTC).date().isoformat(),
        "sdk": temporalio.service.__version__,
        "result": "failed" if failure else "tried",
        "workflows": workflows if "workflows" in steps.finished else 0,
        "queries": len(queries(workflows)) if "list queries" in steps.finished else 0,
        "slow_errors": slow,
        "seconds": round(time.monotonic() - started),
        "log": _keep(logs[0] if logs else str(failure)),
    }
    if failure:
        role = _ROLES.get(steps.current, pair.subject)
        record |= {"step": steps.current, "role": role, "error": _short(str(failure))}
    return record


def describe(release: str, pair: Pair) -> dict[str, Any]:
    """What a record says of the versions that were tried."""
    stores = {"persistence": _named(pair.persistence), "visibility": _named(pair.visibility)}
    return {"temporal": release, **stores}


def _serve(
    binaries: TemporalBinaries, stores: AnyStores, steps: Steps, workflows: int, logs: list[str]
) -> None:
    steps.begin("server start")
    server = TemporalServer(binaries, stores)
    try:
        _configure(server)
        server.start_services()
        asyncio.run(run_workload(server.grpc_address, steps, workflows))
    finally:
        logs.append(server.log_text())
        server.close()


def _configure(server: TemporalServer) -> None:
    dynamic = server.config_file.with_name("dynamic.yaml")
    dynamic.write_text(yaml.safe_dump(_DYNAMIC))
    config = yaml.safe_load(server.config_file.read_text())
    config["dynamicConfigClient"] = {"filepath": str(dynamic), "pollInterval": "60s"}
    server.config_file.write_text(yaml.safe_dump(config))


def errors_of(log: str) -> Counter[str]:
    """How often the server logged each message at an error level."""
    found: Counter[str] = Counter()
    for line in log.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            if line.startswith(("panic:", "fatal error:")):
                found[line] += 1
            continue
        if entry.get("level") in _LEVELS:
            found[f"{entry.get('msg', '')}: {entry.get('error', '')}"] += 1
    return found


def _check(log: str) -> int:
    """How many errors of a busy machine the log has. Raises WrongResultError if it has any other."""
    found = errors_of(log)
    serious = [text for text in found if not any(part in text for part in _OF_A_BUSY_MACHINE)]
    if serious:
        raise WrongResultError(f"the server logged {len(serious)} kinds of errors, such as: {serious[0]}")
    return sum(found.values())


def _keep(log: str) -> str:
    """Keep the log in the cache under its digest, and return the digest."""
    digest = hashlib.sha256(log.encode()).hexdigest()
    folder = cache.root() / "evidence"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{digest}.log.gz").write_bytes(gzip.compress(log.encode()))
    return digest


def _named(store: Store) -> dict[str, str]:
    return {key: value for key, value in asdict(store).items() if value}


def _short(text: str) -> str:
    """The last line; of a line that a schema tool logged, the error alone."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    last = lines[-1] if lines else text
    logged = _LOGGED_ERROR.search(last)
    return (logged[1] if logged else last)[:300]
