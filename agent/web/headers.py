"""The headers that every answer has."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent.web.web_file import WebFile

#: Pages load only from this agent, without inline code, and cannot be framed; scripts may call only this
#: agent.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


class Headers:
    """Sets the same headers on every answer. Headers of the web configuration take precedence."""

    def __init__(self, app: ASGIApp, web: WebFile) -> None:
        self._app = app
        self._web = web

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update({**_HEADERS, **self._web.headers})
            await send(message)

        await self._app(scope, receive, with_headers)
