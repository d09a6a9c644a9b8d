"""The files of `tls`, and what is said of a certificate."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from agent.config import Tls
from agent.model.vocabulary import Reason
from agent.probes import ProbeError
from agent.probes.transport.tls import (
    TLS_RECORDS,
    check_private_key_mode,
    client_hello,
    handshake_error,
    read_files,
    tls_context,
    wrong_name,
)
from tests.probes.servers import TLS


def problem(tls: Tls) -> ProbeError:
    with pytest.raises(ProbeError) as caught:
        tls_context(tls)
    return caught.value


def test_a_context_verifies_authority_and_name() -> None:
    context = tls_context(Tls(ca_file=str(TLS / "ca.pem")))
    assert (context.check_hostname, context.verify_mode) == (True, ssl.CERT_REQUIRED)
    assert [found["serialNumber"] for found in context.get_ca_certs()]
    assert not context.verify_flags & ssl.VERIFY_X509_STRICT


def test_a_context_that_does_not_verify_checks_neither_authority_nor_name() -> None:
    context = tls_context(Tls(ca_file=str(TLS / "ca.pem"), verify=False))
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_NONE, False)


def test_the_contents_are_those_of_now(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    for content in (b"one", b"two"):
        path.write_bytes(content)
        assert read_files(Tls(ca_file=str(path))).ca == content


def test_a_named_pipe_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    found = problem(Tls(ca_file=str(path)))
    assert found.failure.reason is Reason.SECRET_UNREADABLE
    assert "not a regular file" in str(found)


def test_a_key_with_a_passphrase_does_not_prompt(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    command = ["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-aes256"]
    subprocess.run([*command, "-pass", "pass:hunter2", "-out", key], check=True, capture_output=True)
    found = problem(Tls(cert_file=str(TLS / "server.pem"), key_file=str(key)))
    assert found.failure.reason is Reason.TLS_FAILED
    assert "passphrase" in str(found)


@pytest.mark.parametrize(
    ("mode", "owner", "is_taken"),
    [(0o600, 0, True), (0o640, 0, True), (0o644, 0, False), (0o400, 1, True), (0o640, 1, False)],
)
def test_libpq_accepts_a_key_that_only_its_owner_may_read(
    mode: int, owner: int, is_taken: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = tmp_path / "server.key"
    shutil.copy(TLS / "server.key", key)
    status = list(key.stat())
    status[0], status[4] = 0o100000 | mode, owner
    monkeypatch.setattr(Path, "stat", lambda _path: os.stat_result(status))
    tls = Tls(cert_file=str(TLS / "server.pem"), key_file=str(key))
    if is_taken:
        check_private_key_mode(tls)
        return
    with pytest.raises(ProbeError, match=f"mode 0{mode:o} .* must be 0600") as caught:
        check_private_key_mode(tls)
    assert caught.value.failure.reason is Reason.SECRET_UNREADABLE


def test_up_to_ten_names_of_a_certificate_are_reported() -> None:
    text = str(wrong_name("db", [f"db-{number}" for number in range(12)]))
    assert "db-9 and 2 more" in text
    assert "db-10" not in text
    assert "no name at all" in str(wrong_name("db", []))
    assert "other names" in str(wrong_name("db", None))


def test_a_name_that_no_server_can_have_is_a_tls_failure() -> None:
    assert handshake_error(ValueError("label empty"), "a..b").failure.reason is Reason.TLS_FAILED


def test_a_client_begins_with_a_handshake_record() -> None:
    assert client_hello()[:2] == TLS_RECORDS[0]
