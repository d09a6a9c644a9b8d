"""Secrets are read when they are sent, and quoted nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.config.secret import Secret
from agent.model.vocabulary import Reason
from agent.probes import ProbeError
from agent.probes.transport.secrets import basic_login, read_header_secret, read_secret


def test_a_secret_is_the_file_s_as_it_is_now(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    for word in ("one", "two"):
        path.write_text(f"{word}\n")
        assert read_secret(Secret(str(path))) == word
    assert read_secret(None) == ""


def test_a_secret_that_cannot_be_read_names_its_setting(tmp_path: Path) -> None:
    with pytest.raises(ProbeError, match=r"api_key: .*none") as caught:
        read_header_secret(Secret(str(tmp_path / "none")), "api_key")
    assert caught.value.failure.reason is Reason.SECRET_UNREADABLE


def test_a_secret_that_no_header_may_hold_is_not_quoted(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("hunter2\nX-Other: 1")
    with pytest.raises(ProbeError) as caught:
        read_header_secret(Secret(str(path)), "token")
    assert "hunter2" not in str(caught.value)


def test_a_login_is_written_as_rfc_7617_has_it(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("open sesame")
    assert basic_login("Aladdin", Secret(str(path))) == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
