"""Elasticsearch 6.8 with its own TLS, passwords and keys: what lets the agent in, and what is told if not."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest

from agent.model.observation import Observation
from agent.model.vocabulary import Reason, Role
from agent.snapshot import Snapshot

from .agents import one_cycle, until
from .searching import facts, failure, index_of, searching
from .servers.certificates import Authority
from .servers.index_templates import index_template
from .servers.requirement import require
from .servers.search import NAME, SearchServer

pytestmark = pytest.mark.full

_INDEX = "temporal_visibility_v1_secured"
_WATCHER = "watcher"

#: What docs/configuration.md says that a user needs.
_CLUSTER = ["monitor"]
_OF_INDEX = ["view_index_metadata"]


def _rights(cluster: Sequence[str], index: Sequence[str]) -> dict[str, Any]:
    return {"cluster": cluster, "indices": [{"names": ["temporal_visibility_v1*"], "privileges": index}]}


@pytest.fixture(scope="module")
def server(elasticsearch6: SearchServer) -> SearchServer:
    """With an index, and a user who has what is documented."""
    elasticsearch6.create_index(_INDEX, require(lambda: index_template(2)))
    elasticsearch6.ask("PUT", "/_security/role/watcher", _rights(_CLUSTER, _OF_INDEX))
    user = {"password": elasticsearch6.password_of(_WATCHER), "roles": ["watcher"]}
    elasticsearch6.ask("PUT", f"/_security/user/{_WATCHER}", user)
    return elasticsearch6


@pytest.fixture
def described(
    server: SearchServer, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., dict[str, Any]]:
    """The cluster as it is configured right, and what is to be otherwise."""
    monkeypatch.setenv("SEARCH_PASSWORD", server.password_of(_WATCHER))

    def describe(login: Mapping[str, str] | None = None, **settings: Any) -> dict[str, Any]:
        right = {"user": _WATCHER, "password": "${SEARCH_PASSWORD}"}
        told = {"tls": {"ca_file": str(authority.ca)}, **(right if login is None else login)}
        return searching(server, _INDEX, **{**told, **settings})

    return describe


def _key(server: SearchServer, rights: Mapping[str, Any], **settings: Any) -> tuple[str, str]:
    """The id of a new API key, and how a header has it."""
    # Here alone the privileges on indices are called by the singular.
    of = {"cluster": rights["cluster"], "index": rights["indices"]}
    body = {"name": token_hex(8), "role_descriptors": {"agent": of}, **settings}
    made = server.ask("POST", "/_security/api_key", body)
    return made["id"], b64encode(f"{made['id']}:{made['api_key']}".encode()).decode()


def _search(snapshot: Snapshot) -> Observation:
    return next(o for o in snapshot.observations if o.target.role is Role.SEARCH)


# Certificates


def test_a_certificate_of_the_configured_authority_is_trusted(
    tmp_path: Path, described: Callable[..., dict[str, Any]]
) -> None:
    told = facts(tmp_path, described())
    assert (told.component, [node.version for node in told.nodes]) == ("elasticsearch", ["6.8.23"])
    assert index_of(told).fields


def test_a_certificate_of_another_authority_is_refused(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, described: Callable[..., dict[str, Any]]
) -> None:
    other = Authority(tmp_path_factory.mktemp("other"), "Others")
    assert failure(tmp_path, described(tls={"ca_file": str(other.ca)})).reason is Reason.TLS_FAILED
    # Without any, those of the system count, which know nothing of it.
    assert failure(tmp_path, described(tls=None)).reason is Reason.TLS_FAILED
    assert facts(tmp_path, described(tls={"verify": False})).nodes


def test_a_certificate_for_another_name_is_refused_unless_that_name_is_configured(
    tmp_path: Path, server: SearchServer, authority: Authority, described: Callable[..., dict[str, Any]]
) -> None:
    """It is for NAME and 127.0.0.1, and not for localhost."""
    ca, url = {"ca_file": str(authority.ca)}, server.url.replace("127.0.0.1", "localhost")
    refused = failure(tmp_path, described(url=url, tls=ca))
    assert refused.reason is Reason.TLS_FAILED
    assert "localhost" in refused.text
    right = {**ca, "server_name": NAME}
    assert facts(tmp_path, described(url=url, tls=right)).nodes
    wrong = {**ca, "server_name": "other.example.com"}
    assert failure(tmp_path, described(tls=wrong)).reason is Reason.TLS_FAILED


def test_a_server_that_requires_tls_is_reported_when_it_closes_a_plain_connection(
    tmp_path: Path, server: SearchServer, described: Callable[..., dict[str, Any]]
) -> None:
    found = failure(tmp_path, described(url=server.url.replace("https", "http")))
    assert found.reason is Reason.UNREACHABLE
    assert "does it want https?" in found.text


# Users


def test_a_wrong_or_missing_password_is_reported_and_never_quoted(
    tmp_path: Path, described: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert failure(tmp_path, described(login={})).reason is Reason.AUTHENTICATION_FAILED
    monkeypatch.setenv("SEARCH_PASSWORD", "hunter2")
    wrong = failure(tmp_path, described())
    assert wrong.reason is Reason.AUTHENTICATION_FAILED
    assert "hunter2" not in wrong.text
    unknown = failure(tmp_path, described(login={"user": "nobody", "password": "${SEARCH_PASSWORD}"}))
    assert unknown.reason is Reason.AUTHENTICATION_FAILED


def test_a_password_that_is_changed_in_its_file_is_used_at_once(
    tmp_path: Path, server: SearchServer, described: Callable[..., dict[str, Any]]
) -> None:
    file = tmp_path / "password"
    file.write_text(server.password_of(_WATCHER))
    with one_cycle(tmp_path, described(login={"user": _WATCHER, "password_file": str(file)})) as cycle:
        assert _search(cycle.round()).failure is None
        server.ask("POST", f"/_security/user/{_WATCHER}/_password", {"password": "another one"})
        try:
            rotated = _search(cycle.round()).failure
            assert rotated is not None
            assert rotated.reason is Reason.AUTHENTICATION_FAILED
            file.write_text("another one\n")
            assert _search(cycle.round()).failure is None
        finally:
            old = {"password": server.password_of(_WATCHER)}
            server.ask("POST", f"/_security/user/{_WATCHER}/_password", old)


# Keys


def test_a_key_with_the_documented_privileges_reads_all_but_the_template(
    tmp_path: Path,
    server: SearchServer,
    described: Callable[..., dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Elasticsearch 6.8 gives the template to those alone who may change it."""
    monkeypatch.setenv("KEY", _key(server, _rights(_CLUSTER, _OF_INDEX))[1])
    told = facts(tmp_path, described(login={"api_key": "${KEY}"}))
    assert [node.version for node in told.nodes] == ["6.8.23"]
    assert index_of(told).fields
    assert index_of(told).template is None
    assert [gap.reason for gap in told.gaps] == [Reason.PERMISSION_DENIED]
    assert "/_template/" in told.gaps[0].text
    monkeypatch.setenv("KEY", _key(server, _rights([*_CLUSTER, "manage_index_templates"], _OF_INDEX))[1])
    told = facts(tmp_path, described(login={"api_key": "${KEY}"}))
    assert told.gaps == ()
    assert index_of(told).template == index_of(told).fields


def test_a_key_without_a_cluster_privilege_gets_a_message_that_names_it(
    tmp_path: Path,
    server: SearchServer,
    described: Callable[..., dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KEY", _key(server, _rights(["manage_ilm"], _OF_INDEX))[1])
    found = failure(tmp_path, described(login={"api_key": "${KEY}"}))
    assert found.reason is Reason.PERMISSION_DENIED
    assert "monitor" in found.text


def test_a_key_without_an_index_privilege_reads_the_version_and_gets_a_message_that_names_it(
    tmp_path: Path,
    server: SearchServer,
    described: Callable[..., dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KEY", _key(server, _rights(_CLUSTER, ["index"]))[1])
    told = facts(tmp_path, described(login={"api_key": "${KEY}"}))
    assert [node.version for node in told.nodes] == ["6.8.23"]
    problem = index_of(told).problem
    assert problem is not None
    assert problem.reason is Reason.PERMISSION_DENIED
    assert f"view_index_metadata on the index {_INDEX}" in problem.text


def test_a_wrong_or_expired_key_is_reported_and_never_quoted(
    tmp_path: Path,
    server: SearchServer,
    described: Callable[..., dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wrong = b64encode(b"hunter2:hunter2").decode()
    monkeypatch.setenv("KEY", wrong)
    found = failure(tmp_path, described(login={"api_key": "${KEY}"}))
    assert found.reason is Reason.AUTHENTICATION_FAILED
    assert wrong not in found.text
    expiring = _key(server, _rights(_CLUSTER, _OF_INDEX), expiration="1s")[1]
    monkeypatch.setenv("KEY", expiring)
    with one_cycle(tmp_path, described(login={"api_key": "${KEY}"})) as cycle:
        ended = _search(until(cycle.round, lambda snapshot: _search(snapshot).failure is not None)).failure
    assert ended is not None
    assert ended.reason is Reason.AUTHENTICATION_FAILED


def test_a_key_that_is_replaced_in_its_file_is_used_at_once(
    tmp_path: Path, server: SearchServer, described: Callable[..., dict[str, Any]]
) -> None:
    rights = _rights(_CLUSTER, _OF_INDEX)
    (first, old), (_, new) = _key(server, rights), _key(server, rights)
    file = tmp_path / "key"
    file.write_text(old)
    with one_cycle(tmp_path, described(login={"api_key_file": str(file)})) as cycle:
        assert _search(cycle.round()).failure is None
        server.ask("DELETE", "/_security/api_key", {"id": first})
        gone = _search(cycle.round()).failure
        assert gone is not None
        assert gone.reason is Reason.AUTHENTICATION_FAILED
        file.write_text(f"{new}\n")
        assert _search(cycle.round()).failure is None
