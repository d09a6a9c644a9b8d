"""Answers with an entity tag: a client that has the same content gets 304 and no body (RFC 9110, 13.1.2)."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b

from starlette.requests import Request
from starlette.responses import Response


def entity_tag(body: bytes) -> str:
    """A weak tag, because the same content is sent plain and compressed."""
    return f'W/"{blake2b(body, digest_size=16).hexdigest()}"'


def is_known(request: Request, tag: str) -> bool:
    """Whether the client has the content of this tag."""
    known = request.headers.get("if-none-match", "")
    return known.strip() == "*" or tag in (each.strip() for each in known.split(","))


def tagged(handler: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """The handler, with a tag on every answer of status 200."""

    def answer(request: Request) -> Response:
        response = handler(request)
        if response.status_code != 200:
            return response
        tag = entity_tag(bytes(response.body))
        if is_known(request, tag):
            return Response(status_code=304, headers={"ETag": tag})
        response.headers["ETag"] = tag
        return response

    return answer
