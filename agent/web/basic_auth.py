"""Basic authentication, if the web configuration has users."""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from collections.abc import Mapping

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from agent.web.client import client_network
from agent.web.password_queue import PasswordQueue
from agent.web.web_file import WebFile

#: Maximum number of remembered logins. A remembered login needs no slow check of its password.
_MAX_KNOWN_LOGINS = 100

#: bcrypt's own limit, in bytes.
_MAX_PASSWORD_LENGTH = 72


class BasicAuth:
    """Accepts requests with the name and password of a user; all requests if there are no users."""

    def __init__(self, app: ASGIApp, web: WebFile) -> None:
        self._app = app
        self._web = web
        self._queue = PasswordQueue()
        self._known: dict[bytes, None] = {}
        self._known_users: Mapping[str, str] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        users = self._web.users
        if not users or scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        header = dict(scope["headers"]).get(b"authorization", b"")
        is_right = await self._is_right(users, header, client_network(scope["client"][0]))
        if is_right:
            await self._app(scope, receive, send)
        elif is_right is None:
            busy = PlainTextResponse(
                "Too many logins are waiting. Try again in a moment.\n", 429, {"Retry-After": "1"}
            )
            await busy(scope, receive, send)
        else:
            headers = {"WWW-Authenticate": 'Basic realm="temporal-compat-agent", charset="UTF-8"'}
            await PlainTextResponse("Unauthorized\n", 401, headers)(scope, receive, send)

    async def _is_right(self, users: Mapping[str, str], header: bytes, client: str) -> bool | None:
        named = _credentials(header)
        if named is None:
            return False
        if users is not self._known_users:
            self._known, self._known_users = {}, users
        known = self._known
        key = hashlib.sha256(header).digest()
        if key in known:
            return True
        is_right = await self._queue.check(client, lambda: _check(users, *named))
        if is_right:
            while len(known) >= _MAX_KNOWN_LOGINS:
                known.pop(next(iter(known)))
            known[key] = None
        return is_right


def _check(users: Mapping[str, str], user: str, password: bytes) -> bool:
    import bcrypt

    hashed = users.get(user) or _hash_of_another(users, user)
    is_right = bcrypt.checkpw(password[:_MAX_PASSWORD_LENGTH], hashed.encode())
    return is_right and user in users and len(password) <= _MAX_PASSWORD_LENGTH


def _hash_of_another(users: Mapping[str, str], user: str) -> str:
    """A hash to check for an unknown user, so that the check takes as long as for a known one.

    The same name always gets the same hash: users may have hashes of different costs.
    """
    hashes = sorted(users.values())
    return hashes[zlib.crc32(user.encode()) % len(hashes)]


def _credentials(header: bytes) -> tuple[str, bytes] | None:
    scheme, _, encoded = header.partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        user, colon, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
        return (user.decode(), password) if colon else None
    except (binascii.Error, UnicodeDecodeError):
        return None
