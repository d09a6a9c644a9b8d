"""The web configuration in use: what changes counts at once, and what is wrong changes nothing."""

from __future__ import annotations

import logging
import ssl
from pathlib import Path
from typing import Any

import bcrypt
import pytest

from agent.web.app import make_app
from agent.web.web_file import WebFile
from tests.integration.servers.certificates import Authority
from tests.integration.servers.requirement import require
from tests.web.raw import HEALTHY, status, talk
from tests.web.samples import FakeSource, ask
from tests.web.serving import listening
from tests.web.web_files import with_tls, written

HASH = bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode()
APP = make_app(FakeSource())


def test_without_a_file_nothing_is_protected() -> None:
    web_file = WebFile()
    assert (web_file.tls, dict(web_file.users), web_file.rate_limit) == (None, {}, None)
    assert web_file.admits(None)


def test_a_new_file_counts_at_once_and_a_wrong_one_changes_nothing_and_is_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    web_file = WebFile(written(tmp_path, basic_auth_users={"a": HASH}))
    assert set(web_file.users) == {"a"}
    assert web_file.is_reloaded
    written(tmp_path, basic_auth_users={"b": HASH, "c": HASH})
    assert set(web_file.users) == {"b", "c"}
    caplog.clear()
    for wrong in ({"bogus": 1}, {"basic_auth_users": {"a": "plain"}}, {"rate_limit": {"interval": "x"}}):
        written(tmp_path, **wrong)
        assert [set(web_file.users) for _ in range(3)] == [{"b", "c"}] * 3
        assert not web_file.is_reloaded
    (tmp_path / "web.yaml").unlink()
    assert set(web_file.users) == {"b", "c"}
    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [record.message for record in errors] == [
        "web configuration not reloaded; the old one stays in use"
    ] * 4
    written(tmp_path, basic_auth_users={"d": HASH})
    assert set(web_file.users) == {"d"}
    assert web_file.is_reloaded


def test_tls_is_not_switched_off_by_a_new_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    web_file, _ = with_tls(tmp_path)
    before = web_file.tls
    written(tmp_path, basic_auth_users={"a": HASH})
    assert web_file.tls is before
    assert not web_file.users
    assert "restart" in str(caplog.records[-1].__dict__["problem"])


def test_a_certificate_that_does_not_fit_its_key_yet_is_not_taken(tmp_path: Path) -> None:
    web_file, _ = with_tls(tmp_path)
    before = web_file.tls
    other = require(lambda: Authority(tmp_path, "other")).issue("second")
    (tmp_path / "server.pem").write_bytes(other.cert.read_bytes())
    assert web_file.tls is before
    (tmp_path / "server.key").write_bytes(other.key.read_bytes())
    assert web_file.tls is not before


def connected(port: int, client: ssl.SSLContext) -> int:
    return status(talk(port, HEALTHY, tls=client))


def test_versions_and_suites_are_those_of_the_file(tmp_path: Path) -> None:
    web_file, client = with_tls(tmp_path)
    tls: dict[str, Any] = {"cert_file": "server.pem", "key_file": "server.key"}
    suites = ["TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"]
    with listening(APP, web_file=web_file) as port:
        assert connected(port, client) == 200
        written(tmp_path, tls_server_config={**tls, "max_version": "TLS12", "cipher_suites": suites})
        assert connected(port, client) == 200
        client.minimum_version = ssl.TLSVersion.TLSv1_3
        assert connected(port, client) == 0
        client.minimum_version, client.maximum_version = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2
        client.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
        assert connected(port, client) == 0
        client.set_ciphers("ECDHE-ECDSA-AES256-GCM-SHA384")
        assert connected(port, client) == 200


def test_clients_are_let_in_by_the_names_in_their_certificates(tmp_path: Path) -> None:
    authority = require(lambda: Authority(tmp_path, "ca"))
    authority.issue("server")
    tls: dict[str, Any] = {
        "cert_file": "server.pem",
        "key_file": "server.key",
        "client_ca_file": "ca.pem",
        "client_auth_type": "RequireAndVerifyClientCert",
    }

    def client(name: str) -> ssl.SSLContext:
        issued = authority.issue(name, dns=f"{name}.example.org")
        context = ssl.create_default_context(cafile=str(authority.ca))
        context.check_hostname = False
        context.load_cert_chain(issued.cert, issued.key)
        return context

    scraper, stranger = client("scraper"), client("stranger")
    web_file = WebFile(written(tmp_path, tls_server_config=tls))
    with listening(APP, web_file=web_file) as port:
        assert (connected(port, scraper), connected(port, stranger)) == (200, 200)
        written(tmp_path, tls_server_config={**tls, "client_allowed_sans": ["scraper.example.org"]})
        assert (connected(port, scraper), connected(port, stranger)) == (200, 0)
        # Of a connection, not of the handshake's first context: a client without a certificate stays out.
        nobody = ssl.create_default_context(cafile=str(authority.ca))
        nobody.check_hostname = False
        assert connected(port, nobody) == 0


def test_headers_of_the_file_are_on_every_answer(tmp_path: Path) -> None:
    headers = {"Strict-Transport-Security": "max-age=60", "Content-Security-Policy": "default-src 'self'"}
    app = make_app(FakeSource(), web_file=WebFile(written(tmp_path, http_server_config={"headers": headers})))
    for path in ("/-/healthy", "/nothing"):
        reply = ask(app, path)
        assert {name: reply.headers[name.lower()] for name in headers} == headers
        assert reply.headers["x-content-type-options"] == "nosniff"
