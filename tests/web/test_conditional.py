"""Entity tags: the same content has the same tag, and only answers of status 200 have one."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from agent.web.conditional import entity_tag, is_known, tagged


def request(known: str = "") -> Request:
    return Request(
        {"type": "http", "method": "GET", "path": "/", "headers": [(b"if-none-match", known.encode())]}
    )


def test_a_tag_is_known_if_the_client_lists_it() -> None:
    tag = entity_tag(b"one")
    assert entity_tag(b"two") != tag
    assert [is_known(request(text), tag) for text in (tag, f'"x",{tag}', "*", "", '"x"')] == [
        *(True, True, True),
        *(False, False),
    ]


def test_an_error_has_no_tag() -> None:
    def handler(_request: Request) -> Response:
        return PlainTextResponse("no", 404)

    assert "etag" not in tagged(handler)(request("*")).headers
