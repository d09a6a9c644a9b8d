"""Users and passwords: who is let in, and that the slow check is not made for every request."""

from __future__ import annotations

import base64

import bcrypt
import pytest

from agent.web.app import make_app
from tests.web.samples import FakeSource, Reply, ask

USERS = {
    "prometheus": bcrypt.hashpw(b"s3cret:with colon", bcrypt.gensalt(4)).decode(),
    "J\u00fcrgen": bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode(),
}


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def get(header: str | None, path: str = "/", users: dict[str, str] = USERS) -> Reply:
    headers = {} if header is None else {"Authorization": header}
    return ask(make_app(FakeSource(), users=users), path, headers=headers)


@pytest.mark.parametrize(
    "header",
    [basic("prometheus", "s3cret:with colon"), basic("J\u00fcrgen", "x" * 72)],
    ids=["colon", "longest"],
)
def test_who_brings_name_and_password_is_let_in(header: str) -> None:
    assert get(header).status == 200
    assert get(header.replace("Basic", "basic")).status == 200


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
def test_anybody_else_is_refused_on_every_path(header: str | None) -> None:
    for path in ("/", "/metrics", "/api/v1/clusters", "/-/healthy", "/static/style.css", "/nothing"):
        reply = get(header, path)
        assert (reply.status, reply.text) == (401, "Unauthorized\n")
        assert reply.headers["www-authenticate"].startswith("Basic realm=")
        assert reply.headers["x-content-type-options"] == "nosniff"


def test_without_users_everybody_may_read() -> None:
    assert get(None, users={}).status == 200


def test_a_password_that_was_right_is_not_checked_slowly_again(monkeypatch: pytest.MonkeyPatch) -> None:
    checks: list[bytes] = []
    check = bcrypt.checkpw

    def counted(password: bytes, hashed: bytes) -> bool:
        checks.append(password)
        return check(password, hashed)

    monkeypatch.setattr(bcrypt, "checkpw", counted)
    app = make_app(FakeSource(), users=USERS)
    right, wrong = basic("prometheus", "s3cret:with colon"), basic("prometheus", "no")
    for header in (right, right, right, wrong, wrong):
        ask(app, "/", headers={"Authorization": header})
    assert checks == [b"s3cret:with colon", b"no", b"no"]


def test_a_user_that_there_is_none_of_costs_a_check_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    hashes: list[bytes] = []

    def refused(_password: bytes, hashed: bytes) -> bool:
        hashes.append(hashed)
        return False

    monkeypatch.setattr(bcrypt, "checkpw", refused)
    get(basic("nobody", "x"))
    assert len(hashes) == 1
    assert hashes[0].startswith(b"$2b$10$")
