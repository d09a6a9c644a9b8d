"""Whatever Temporal's own files contain, reading them gives a configuration or a ConfigError."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.config import ConfigError, load_config

_WORDS = st.sampled_from(
    (
        *(
            "persistence",
            "datastores",
            "defaultStore",
            "visibilityStore",
            "sql",
            "cassandra",
            "elasticsearch",
        ),
        *("customDatastore", "name", "tls", "enabled", "caFile", "caData", "url", "urls", "host", "scheme"),
        *("indices", "visibility", "secondary_visibility", "pluginName", "connectAddr", "hosts", "port"),
        *("global", "frontend", "server", "client", "certFile", "rootCaFiles", "metrics", "prometheus"),
        *("listenAddress", "services", "rpc", "grpcPort", "bindOnIP", "publicClient", "hostPort", "config"),
        *("clusterMetadata", "currentClusterName", "default", "driver", "existingSecret", "password", "user"),
        *("fullnameOverride", "image", "tag", "additionalStores", "external", "<<", "", "a"),
    )
)
_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=8),
    st.sampled_from(
        ["a", "default", "mysql8", "sqlite", "a:1", "a:99999", "[::1]:1", "true", "{{ x }}", "******"]
    ),
)
_DATA = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=6),
    max_leaves=30,
)
_STORE = st.dictionaries(
    st.sampled_from(["sql", "cassandra", "elasticsearch", "customDatastore"]), _DATA, max_size=2
)
_SERVER = st.fixed_dictionaries(
    {
        "persistence": st.fixed_dictionaries(
            {"defaultStore": st.just("a"), "visibilityStore": st.just("a"), "default": _STORE},
            optional={"datastores": st.fixed_dictionaries({"a": _STORE})},
        )
    },
    optional={"global": _DATA, "services": _DATA, "publicClient": _DATA, "clusterMetadata": _DATA},
)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def load(folder: Path, key: str, content: bytes) -> None:
    (folder / "server.yaml").write_bytes(content)
    path = folder / "agent.yaml"
    path.write_text(f"clusters: [{{{key}: [server.yaml, server.yaml], name: a}}]")
    try:
        load_config(path)
        return
    except ConfigError as error:
        problems = error.problems
    assert problems
    assert all(problem.message and "\n" not in str(problem) for problem in problems)


@settings(deadline=None, max_examples=150)
@given(data=_SERVER | _DATA)
def test_any_server_configuration_is_a_cluster_or_a_list_of_problems(folder: Path, data: Any) -> None:
    load(folder, "server_config", yaml.safe_dump(data, allow_unicode=True).encode("utf-8", "surrogatepass"))


@settings(deadline=None, max_examples=100)
@given(data=_SERVER | _DATA)
def test_any_values_are_a_cluster_or_a_list_of_problems(folder: Path, data: Any) -> None:
    for values in (data, {"server": {"config": data}}):
        load(folder, "helm_values", yaml.safe_dump(values).encode("utf-8", "surrogatepass"))


@settings(deadline=None, max_examples=50)
@given(content=st.binary(max_size=40))
def test_any_bytes_are_a_list_of_problems(folder: Path, content: bytes) -> None:
    load(folder, "server_config", content)


@pytest.mark.parametrize("depth", [10, 100, 200, 400, 2000])
def test_any_depth_is_a_list_of_problems(folder: Path, depth: int) -> None:
    load(folder, "server_config", b"{persistence: " * depth + b"{}" + b"}" * depth)
