"""Changes of one good server file, and the rules that each of them breaks."""

from __future__ import annotations

from pathlib import Path

from agent.config.document import Document, parse
from agent.config.temporal_files.validation import find_violations
from agent.config.temporal_files.yaml_tree import tree
from agent.model.file_rules import FileRule

GOOD = """
persistence:
  defaultStore: default
  visibilityStore: visibility
  numHistoryShards: 4
  datastores:
    default: &store
      sql: {pluginName: postgres12, databaseName: temporal, connectAddr: "db:5432", connectProtocol: tcp}
    visibility: *store
global: {membership: {broadcastAddress: 10.0.0.1, maxJoinDuration: 30s}}
services:
  frontend: {rpc: {grpcPort: 7233, membershipPort: 6933, httpPort: 7243, bindOnIP: 10.0.0.1}}
  history: {rpc: {grpcPort: 7234, membershipPort: 6934, bindOnIP: 10.0.0.1}}
  matching: {rpc: {grpcPort: 7235, membershipPort: 6935, bindOnIP: 10.0.0.1}}
  worker: {rpc: {grpcPort: 7239, membershipPort: 6939, bindOnIP: 10.0.0.1}}
clusterMetadata:
  enableGlobalNamespace: false
  failoverVersionIncrement: 10
  masterClusterName: active
  currentClusterName: active
  clusterInformation: {active: {enabled: true, initialFailoverVersion: 1, rpcAddress: "127.0.0.1:7233"}}
publicClient: {hostPort: "frontend:7233"}
log: {stdout: true}
"""


def broken(text: str, folder: Path | None = None) -> list[FileRule]:
    """The rules that a file with this content breaks."""
    file = (folder or Path("/nonexistent")) / "server.yaml"
    config = tree(parse(Document(str(file), plain=True), text))
    return [violation.rule for violation in find_violations(config)]


def changed(old: str, new: str) -> list[FileRule]:
    """The rules that the good file breaks with this text instead of that one, each once."""
    assert old in GOOD
    return list(dict.fromkeys(broken(GOOD.replace(old, new, 1))))
