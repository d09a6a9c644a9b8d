"""Search stores behind a real nginx that hides, strips, moves or encrypts: read, or told why not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from agent.model.vocabulary import Reason

from .searching import facts, failure, index_of, searching
from .servers.certificates import Authority, Certificate
from .servers.index_templates import index_template
from .servers.nginx import NginxServer
from .servers.requirement import require
from .servers.search import SearchServer

ProxyFactory = Callable[..., str]

_INDEX = "temporal_visibility_v1_proxied"
_PAGE = "default_type text/html; return 200 '<!DOCTYPE html><title>Sign in</title>';"


@pytest.fixture(scope="module")
def server(elasticsearch7: SearchServer) -> SearchServer:
    """Elasticsearch 7.17 with an index of Temporal's newest template."""
    elasticsearch7.create_index(_INDEX, require(lambda: index_template(14)))
    return elasticsearch7


@pytest.fixture
def proxy(nginx_program: Path, server: SearchServer) -> Iterator[ProxyFactory]:
    """Starts proxies for one test and tells their addresses; `%` in their locations is Elasticsearch's."""
    with ExitStack() as running:

        def start(locations: str, certificate: Certificate | None = None) -> str:
            made = NginxServer(nginx_program, locations.replace("%", server.url), certificate)
            return running.enter_context(made).url

        yield start


@pytest.mark.parametrize("root", ["return 403;", "return 404;", "return 405;", "return 302 /login;", _PAGE])
def test_a_proxy_that_hides_the_root_hides_neither_version_nor_index(
    tmp_path: Path, server: SearchServer, proxy: ProxyFactory, root: str
) -> None:
    url = proxy(f"location = / {{ {root} }} location / {{ proxy_pass %; }}")
    told = facts(tmp_path, searching(server, _INDEX, url=url))
    assert (told.component, [node.version for node in told.nodes]) == ("elasticsearch", ["7.17.28"])
    assert index_of(told).fields
    assert index_of(told).template
    # Only what was hidden is not told.
    assert [f"GET {url}/:" in gap.text or "GET /:" in gap.text for gap in told.gaps] == [True]


def test_a_proxy_that_hides_the_nodes_too_leaves_the_count_of_their_versions(
    tmp_path: Path, server: SearchServer, proxy: ProxyFactory
) -> None:
    url = proxy("location /_cluster/ { proxy_pass %; } location /temporal_ { proxy_pass %; }")
    told = facts(tmp_path, searching(server, _INDEX, url=url))
    assert [(node.version, node.name) for node in told.nodes] == [("7.17.28", "")]
    assert index_of(told).fields


@pytest.mark.parametrize(
    ("status", "reason"), [(403, Reason.PERMISSION_DENIED), (404, Reason.NOT_IMPLEMENTED)]
)
def test_a_proxy_that_forwards_only_the_index_gets_a_message_about_the_version(
    tmp_path: Path, server: SearchServer, proxy: ProxyFactory, status: int, reason: Reason
) -> None:
    url = proxy(f"location / {{ return {status}; }} location /temporal_ {{ proxy_pass %; }}")
    found = failure(tmp_path, searching(server, _INDEX, url=url))
    assert found.reason is reason
    assert all(path in found.text for path in ("GET /,", "/_nodes", "/_cluster/stats"))


def test_a_proxy_that_blocks_the_index_leaves_the_version_known(
    tmp_path: Path, server: SearchServer, proxy: ProxyFactory
) -> None:
    url = proxy("location / { proxy_pass %; } location /temporal_ { return 403; }")
    told = facts(tmp_path, searching(server, _INDEX, url=url))
    assert [node.version for node in told.nodes] == ["7.17.28"]
    problem = index_of(told).problem
    assert problem is not None
    assert problem.reason is Reason.PERMISSION_DENIED
    assert f"view_index_metadata on the index {_INDEX}" in problem.text


def test_headers_and_parameters_that_a_proxy_strips_are_not_missed(
    tmp_path: Path, server: SearchServer, proxy: ProxyFactory
) -> None:
    plain = facts(tmp_path, searching(server, _INDEX))
    # Without its parameters, `filter_path` among them, an answer holds all that there is.
    stripped = "proxy_hide_header X-Elastic-Product; proxy_hide_header Content-Type;"
    url = proxy(f"location / {{ {stripped} proxy_pass %$uri; }}")
    assert facts(tmp_path, searching(server, _INDEX, url=url)) == plain


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_path_before_all_others_is_kept(
    tmp_path: Path, server: SearchServer, proxy: ProxyFactory, authority: Authority, slash: str
) -> None:
    certificate = authority.issue("prefixed")
    url = proxy("location / { return 404; } location /team/es/ { proxy_pass %/; }", certificate)
    tls = {"ca_file": str(authority.ca)}
    told = facts(tmp_path, searching(server, _INDEX, url=f"{url}/team/es{slash}", tls=tls))
    assert [node.version for node in told.nodes] == ["7.17.28"]
    assert told.gaps == ()
    assert index_of(told).fields


def test_a_proxy_without_a_backend_is_not_a_store(
    tmp_path: Path, server: SearchServer, proxy: ProxyFactory
) -> None:
    url = proxy("location / { proxy_pass http://127.0.0.1:1; }")
    assert failure(tmp_path, searching(server, _INDEX, url=url)).reason is Reason.STORE_UNAVAILABLE


def test_a_login_page_for_every_address_is_a_bad_answer(
    tmp_path: Path, server: SearchServer, proxy: ProxyFactory
) -> None:
    found = failure(tmp_path, searching(server, _INDEX, url=proxy(f"location / {{ {_PAGE} }}")))
    assert found.reason is Reason.BAD_ANSWER
    assert "a web page" in found.text


def test_a_password_that_a_proxy_asks_for_is_sent_to_it_and_nowhere_else(
    tmp_path: Path, server: SearchServer, proxy: ProxyFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`dGVhbTp3b3Jk` is team:word."""
    monkeypatch.setenv("RIGHT", "word")
    monkeypatch.setenv("WRONG", "hunter2")
    asks = 'if ($http_authorization != "Basic dGVhbTp3b3Jk") { return 401; } proxy_pass %;'
    elsewhere = proxy("location / { proxy_pass %; }")
    url = proxy(f"location / {{ {asks} }}")
    moved = proxy(f"location / {{ return 307 {elsewhere}$request_uri; }}")
    right: dict[str, Any] = {"user": "team", "password": "${RIGHT}"}
    told = facts(tmp_path, searching(server, _INDEX, url=url, **right))
    assert told.gaps == ()
    assert failure(tmp_path, searching(server, _INDEX, url=url)).reason is Reason.AUTHENTICATION_FAILED
    wrong = failure(tmp_path, searching(server, _INDEX, url=url, user="team", password="${WRONG}"))
    assert wrong.reason is Reason.AUTHENTICATION_FAILED
    assert "hunter2" not in wrong.text
    redirected = failure(tmp_path, searching(server, _INDEX, url=moved, **right))
    assert redirected.reason is Reason.BAD_ANSWER
    assert "redirect (307)" in redirected.text


def test_plain_http_and_https_have_different_reasons(
    tmp_path: Path, server: SearchServer, proxy: ProxyFactory, authority: Authority
) -> None:
    encrypted = proxy("location / { proxy_pass %; }", authority.issue("encrypted"))
    tls = {"ca_file": str(authority.ca)}
    plain = failure(tmp_path, searching(server, _INDEX, url=encrypted.replace("https", "http")))
    assert plain.reason is Reason.TLS_FAILED
    assert "write https://" in plain.text
    url = server.url.replace("http", "https")
    assert failure(tmp_path, searching(server, _INDEX, url=url, tls=tls)).reason is Reason.TLS_FAILED
