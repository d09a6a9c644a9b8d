"""The file of `--web.config.file`: what is right, every error of it, and a program that goes by it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import bcrypt
import pytest
import requests

from agent.config.errors import ConfigError
from agent.web.tls_config import RateLimit, TlsServer, load_web_config
from agent.web.web_file import server_context
from tests.fleets import cluster, frontend, write_config
from tests.integration.servers.certificates import Authority
from tests.integration.servers.requirement import require
from tests.web.web_files import written

TLS = {"cert_file": "a", "key_file": "b"}
HASH = bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode()


def test_an_empty_file_protects_nothing(tmp_path: Path) -> None:
    path = tmp_path / "web.yaml"
    path.write_text("")
    config = load_web_config(path)
    assert config.tls_server_config is None
    assert not config.basic_auth_users


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    config = load_web_config(
        written(tmp_path, tls_server_config={"cert_file": "a.pem", "key_file": "/b.key"})
    )
    assert config.tls_server_config == TlsServer(cert_file=str(tmp_path / "a.pem"), key_file="/b.key")


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({"tls_server_config": {"cert_file": "a"}}, "web.yaml:1: tls_server_config.key_file: is missing"),
        ({"http3": {}}, "web.yaml:1: http3: unknown key"),
        ({"http_server_config": {"http2": True}}, "http2: HTTP/2 is not supported"),
        ({"http_server_config": {"headers": {"Server": "x"}}}, "'Server' is not supported; write one of"),
        ({"http_server_config": {"headers": {"X-Frame-Options": "a\nb"}}}, "printable ASCII"),
        ({"rate_limit": {"interval": "soon"}}, "write a duration"),
        ({"rate_limit": {"interval": "1s", "burst": 0}}, "rate_limit.burst"),
        ({"tls_server_config": TLS | {"cert": "x"}}, "cert: an inline certificate is not"),
        ({"tls_server_config": TLS | {"key": "x"}}, "key: an inline key is not supported"),
        ({"tls_server_config": TLS | {"client_ca": "x"}}, "client_ca: an inline certificate"),
        ({"tls_server_config": TLS | {"curve_preferences": ["X25519"]}}, "curve_preferences: not supported"),
        ({"tls_server_config": TLS | {"cipher_suites": ["TLS_RSA_WITH_RC4_128_SHA"]}}, "is not supported"),
        ({"tls_server_config": TLS | {"cipher_suites": ["TLS_AES_128_GCM_SHA256"]}}, "no suite for TLS 1.2"),
        ({"tls_server_config": TLS | {"min_version": "TLS13", "max_version": "TLS12"}}, "newer than max"),
        ({"tls_server_config": TLS | {"client_allowed_sans": ["a"]}}, "needs client_auth_type"),
        ({"tls_server_config": TLS | {"client_auth_type": "RequestClientCert"}}, "client_auth_type"),
        ({"basic_auth_users": {"a": "plain"}}, "the value of a is not a bcrypt hash"),
        ({"basic_auth_users": {"a": HASH[:-1]}}, "the value of a is not a bcrypt hash"),
        ({"basic_auth_users": {"a:b": HASH}}, "must not be empty or contain a colon"),
        ({"basic_auth_users": ["a"]}, "basic_auth_users: "),
        (
            {"tls_server_config": {"cert_file": "a", "key_file": "b", "client_ca_file": "c"}},
            "or neither",
        ),
        ({"tls_server_config": {"cert_file": "a", "key_file": "b", "min_version": "TLS10"}}, "min_version"),
    ],
)
def test_what_is_wrong_is_reported_with_its_place_and_without_the_hash(
    tmp_path: Path, data: dict[str, object], problem: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load_web_config(written(tmp_path, **data))
    assert problem in str(caught.value)
    assert HASH not in str(caught.value)


@pytest.mark.parametrize("text", ["[1]", "{", "x"])
def test_what_is_not_such_a_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "web.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError):
        load_web_config(path)


def test_every_key_of_the_toolkit_that_can_be_honoured_is_taken(tmp_path: Path) -> None:
    config = load_web_config(
        written(
            tmp_path,
            tls_server_config={
                **TLS,
                "client_ca_file": "c",
                "client_auth_type": "RequireAndVerifyClientCert",
                "client_allowed_sans": ["scraper.example.org"],
                "min_version": "TLS12",
                "max_version": "TLS12",
                "cipher_suites": ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"],
                "prefer_server_cipher_suites": False,
            },
            http_server_config={"http2": False, "headers": {"X-Frame-Options": "deny"}},
            rate_limit={"interval": "1s", "burst": 20},
        )
    )
    assert config.tls_server_config is not None
    assert config.rate_limit == RateLimit(interval="1s", burst=20)  # type: ignore[arg-type]
    assert load_web_config(written(tmp_path, rate_limit={"interval": 0})).rate_limit is not None


def test_a_file_that_is_not_a_certificate_is_refused(tmp_path: Path) -> None:
    (tmp_path / "no.pem").write_text("nothing")
    for name in ("no.pem", "missing.pem"):
        tls = TlsServer(cert_file=str(tmp_path / name), key_file=str(tmp_path / name))
        with pytest.raises(ConfigError, match=r"web\.yaml: tls_server_config: "):
            server_context(tls, "web.yaml")


@contextmanager
def running(config: Path, web: Path, *flags: str) -> Iterator[str]:
    """The program itself, as people run it; yields its address."""
    command = [sys.executable, "-m", "agent.cli", "run", "--config.file", str(config), *flags]
    command += ["--web.config.file", str(web), "--web.listen-address", "127.0.0.1:0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            for line in process.stderr:
                if port := re.search(r"msg=listening port=(\d+)", line):
                    break
            else:
                raise AssertionError("it ended before it listened")
            yield f"https://127.0.0.1:{port[1]}"
        finally:
            process.terminate()
            process.communicate(timeout=10)


@pytest.fixture
def config(tmp_path: Path) -> Iterator[Path]:
    """A configuration of one cluster that can be reached."""
    with frontend() as server:
        yield write_config(tmp_path, [cluster(tmp_path, "orders-live", server.address)])


def test_the_program_speaks_tls_to_those_with_a_password_and_takes_a_new_certificate(
    tmp_path: Path, config: Path
) -> None:
    authority = require(lambda: Authority(tmp_path, "ca"))
    first = authority.issue("first")
    web = written(
        tmp_path,
        tls_server_config={"cert_file": "first.pem", "key_file": "first.key", "min_version": "TLS13"},
        basic_auth_users={"prometheus": HASH},
    )
    with running(config, web) as address:
        trust = str(authority.ca)
        with requests.get(address, verify=trust, timeout=10) as reply:
            assert reply.status_code == 401
        with requests.get(address, verify=trust, auth=("prometheus", "secret"), timeout=10) as reply:
            assert reply.status_code == 200
        with pytest.raises(requests.ConnectionError):
            requests.get(address.replace("https", "http"), timeout=10)
        other = Authority(tmp_path, "other")
        second = other.issue("second")
        second.cert.replace(first.cert)
        second.key.replace(first.key)
        os.utime(first.cert, (time.time() + 5, time.time() + 5))
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(address, verify=trust, timeout=10)
        with requests.get(address, verify=str(other.ca), timeout=10) as reply:
            assert reply.status_code == 401


def test_clients_show_a_certificate_where_that_is_requested(tmp_path: Path, config: Path) -> None:
    authority = require(lambda: Authority(tmp_path, "ca"))
    server, client = authority.issue("server"), authority.issue("client")
    web = written(
        tmp_path,
        tls_server_config={
            "cert_file": server.cert.name,
            "key_file": server.key.name,
            "client_ca_file": authority.ca.name,
            "client_auth_type": "RequireAndVerifyClientCert",
        },
    )
    with running(config, web) as address:
        pair = (str(client.cert), str(client.key))
        with requests.get(address, verify=str(authority.ca), cert=pair, timeout=10) as reply:
            assert reply.status_code == 200
        with pytest.raises(requests.ConnectionError):
            requests.get(address, verify=str(authority.ca), timeout=10)
