"""Basic authentication: who may read at all, where users are named."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping

from anyio import CapacityLimiter, to_thread
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

#: A hash is slow to check by design: so many at once, lest strangers who guess take the whole machine.
_MOST_CHECKS = 2

#: Passwords that were right are known again without the slow check. Scrapers come with every request.
_MOST_KNOWN = 100

#: Checked for users that there are none of, so that they take as long as others. Of a random password.
_NOBODY = "$2b$10$m3mQOeXfDvRzbLXrsVkw2.0O3Sf4LDKb0SEHWx6pf3HkbSpD2nvPK"

#: bcrypt's own limit, in bytes.
_LONGEST_PASSWORD = 72


class BasicAuth:
    """Lets requests through that bring the name and password of one of `users` (bcrypt hashes)."""

    def __init__(self, app: ASGIApp, users: Mapping[str, str]) -> None:
        self._app = app
        self._users = users
        self._limit: CapacityLimiter | None = None
        self._known: dict[bytes, None] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or await self._is_right(dict(scope["headers"]).get(b"authorization", b"")):
            await self._app(scope, receive, send)
            return
        headers = {"WWW-Authenticate": 'Basic realm="temporal-compat-agent", charset="UTF-8"'}
        await PlainTextResponse("Unauthorized\n", 401, headers)(scope, receive, send)

    async def _is_right(self, header: bytes) -> bool:
        named = _credentials(header)
        if named is None:
            return False
        key = hashlib.sha256(header).digest()
        if key in self._known:
            return True
        self._limit = self._limit or CapacityLimiter(_MOST_CHECKS)
        if not await to_thread.run_sync(self._check, *named, limiter=self._limit):
            return False
        while len(self._known) >= _MOST_KNOWN:
            self._known.pop(next(iter(self._known)))
        self._known[key] = None
        return True

    def _check(self, user: str, password: bytes) -> bool:
        import bcrypt

        hashed = self._users.get(user, _NOBODY).encode()
        return bcrypt.checkpw(password[:_LONGEST_PASSWORD], hashed) and (
            user in self._users and len(password) <= _LONGEST_PASSWORD
        )


def _credentials(header: bytes) -> tuple[str, bytes] | None:
    scheme, _, encoded = header.partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        user, colon, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
        return (user.decode(), password) if colon else None
    except (binascii.Error, UnicodeDecodeError):
        return None
