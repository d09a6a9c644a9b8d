"""Users and passwords: who is let in, and that the slow check is not made for every request."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import bcrypt
import pytest

from agent.web.app import make_app
from agent.web.connection import Limits
from agent.web.web_file import WebFile
from tests.web.raw import connect, status, talk
from tests.web.samples import FakeSource, Reply, ask
from tests.web.serving import listening
from tests.web.web_files import written

USERS = {
    "prometheus": bcrypt.hashpw(b"s3cret:with colon", bcrypt.gensalt(4)).decode(),
    "J\u00fcrgen": bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode(),
}


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.fixture
def web_file(tmp_path: Path) -> WebFile:
    return WebFile(written(tmp_path, basic_auth_users=USERS))


def get(header: str | None, web_file: WebFile, path: str = "/") -> Reply:
    headers = {} if header is None else {"Authorization": header}
    return ask(make_app(FakeSource(), web_file=web_file), path, headers=headers)


@pytest.mark.parametrize(
    "header",
    [basic("prometheus", "s3cret:with colon"), basic("J\u00fcrgen", "x" * 72)],
    ids=["colon", "longest"],
)
def test_a_client_with_name_and_password_is_let_in(web_file: WebFile, header: str) -> None:
    assert get(header, web_file).status == 200
    assert get(header.replace("Basic", "basic"), web_file).status == 200


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Basic",
        "Basic !",
        "Basic cHJvbWV0aGV1cw==",
        "Bearer s3cret",
        "Basic " + base64.b64encode(b"\xff:\xff").decode(),
        basic("prometheus", ""),
        basic("prometheus", "s3cret"),
        basic("prometheus", "s3cret:with colon\n"),
        basic("nobody", "s3cret:with colon"),
        basic("nobody", ""),
        basic("", ""),
        basic("J\u00fcrgen", "x" * 73),
        basic("J\u00fcrgen", "x" * 71),
    ],
)
def test_anybody_else_is_refused_on_every_path(web_file: WebFile, header: str | None) -> None:
    for path in ("/", "/metrics", "/api/v1/clusters", "/-/healthy", "/static/style.css", "/nothing"):
        reply = get(header, web_file, path)
        assert (reply.status, reply.text) == (401, "Unauthorized\n")
        assert reply.headers["www-authenticate"].startswith("Basic realm=")
        assert reply.headers["x-content-type-options"] == "nosniff"


def test_without_users_everybody_may_read() -> None:
    assert get(None, WebFile()).status == 200


def test_a_password_that_was_right_is_not_checked_slowly_again(
    web_file: WebFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks: list[bytes] = []
    check = bcrypt.checkpw

    def counted(password: bytes, hashed: bytes) -> bool:
        checks.append(password)
        return check(password, hashed)

    monkeypatch.setattr(bcrypt, "checkpw", counted)
    app = make_app(FakeSource(), web_file=web_file)
    right, wrong = basic("prometheus", "s3cret:with colon"), basic("prometheus", "no")
    for header in (right, right, right, wrong, wrong):
        ask(app, "/", headers={"Authorization": header})
    assert checks == [b"s3cret:with colon", b"no", b"no"]


def test_an_unknown_user_costs_the_same_check_as_a_known_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = {f"user-{cost}": bcrypt.hashpw(b"x", bcrypt.gensalt(cost)).decode() for cost in (4, 5)}
    app = make_app(FakeSource(), web_file=WebFile(written(tmp_path, basic_auth_users=users)))
    hashes: list[str] = []

    def refused(_password: bytes, hashed: bytes) -> bool:
        hashes.append(hashed.decode())
        return False

    monkeypatch.setattr(bcrypt, "checkpw", refused)
    for _ in range(2):
        for number in range(20):
            ask(app, "/", headers={"Authorization": basic(f"nobody-{number}", "x")})
    assert set(hashes) == set(users.values())
    assert hashes[:20] == hashes[20:]


def test_the_password_of_another_user_is_refused(tmp_path: Path) -> None:
    web_file = WebFile(written(tmp_path, basic_auth_users={"a": USERS["prometheus"]}))
    assert get(basic("b", "s3cret:with colon"), web_file).status == 401


def test_a_user_removed_from_the_file_is_refused(tmp_path: Path, web_file: WebFile) -> None:
    app = make_app(FakeSource(), web_file=web_file)
    right = {"Authorization": basic("prometheus", "s3cret:with colon")}
    assert ask(app, "/", headers=right).status == 200
    written(tmp_path, basic_auth_users={"other": USERS["prometheus"]})
    assert ask(app, "/", headers=right).status == 401
    assert ask(app, "/", headers={"Authorization": basic("other", "s3cret:with colon")}).status == 200


def test_a_scraper_s_first_login_does_not_wait_for_those_who_guess(tmp_path: Path) -> None:
    hashed = bcrypt.hashpw(b"right", bcrypt.gensalt(8)).decode()
    app = make_app(FakeSource(), web_file=WebFile(written(tmp_path, basic_auth_users={"prometheus": hashed})))
    guesses = 300

    with listening(app, Limits(connections=4 * (guesses + 10))) as port, ExitStack() as stack:
        for number in range(guesses):
            connection = stack.enter_context(connect(port))
            wrong = basic("prometheus", f"guess {number}")
            connection.sendall(f"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: {wrong}\r\n\r\n".encode())
        right = basic("prometheus", "right")
        sent = f"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: {right}\r\n\r\n".encode()
        one_check = timed(lambda: bcrypt.checkpw(b"x", hashed.encode()))
        assert timed(lambda: status(talk(port, sent)) == 200) < 60 * one_check


def timed(call: Callable[[], bool]) -> float:
    began = time.monotonic()
    assert call() is not None
    return time.monotonic() - began
