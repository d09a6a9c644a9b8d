"""Signed tokens for Temporal's authorizer, and the key set that a server checks them against."""

from __future__ import annotations

import base64
import json
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

from .commands import run, which

_KEY_ID = "tests"


class TokenIssuer:
    """Signs tokens with a key of its own, and serves the public half at `jwks_uri` while entered."""

    def __init__(self, folder: Path) -> None:
        self._openssl = which("openssl")
        self._key = folder / "token.key"
        run([self._openssl, "genrsa", "-out", self._key, "2048"])
        key_set = json.dumps({"keys": [self._public_key()]}).encode()

        class Handler(BaseHTTPRequestHandler):
            """Answers every GET with the key set."""

            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(key_set)))
                self.end_headers()
                self.wfile.write(key_set)

            def log_message(self, *_: object) -> None:
                """Nothing: the test's output is no access log."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def jwks_uri(self) -> str:
        """Where the key set is served."""
        return f"http://127.0.0.1:{self._server.server_port}/jwks.json"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def token(self, permissions: Sequence[str], *, lifetime: float = 3600) -> str:
        """A token with permissions such as `temporal-system:read`; a negative lifetime makes it expired."""
        claims = {"sub": "tests", "permissions": list(permissions), "exp": int(time.time() + lifetime)}
        signed = f"{_encoded({'alg': 'RS256', 'typ': 'JWT', 'kid': _KEY_ID})}.{_encoded(claims)}"
        signature = subprocess.run(
            [self._openssl, "dgst", "-sha256", "-sign", self._key],
            input=signed.encode(),
            stdout=subprocess.PIPE,
            check=True,
        ).stdout
        return f"{signed}.{_base64url(signature)}"

    def _public_key(self) -> dict[str, str]:
        answer = run([self._openssl, "rsa", "-in", self._key, "-noout", "-modulus"])
        modulus = bytes.fromhex(answer.strip().removeprefix("Modulus="))
        exponent = (65537).to_bytes(3, "big")  # what genrsa takes unless told otherwise
        return {
            "kty": "RSA",
            "alg": "RS256",
            "use": "sig",
            "kid": _KEY_ID,
            "n": _base64url(modulus),
            "e": _base64url(exponent),
        }


def _encoded(part: Mapping[str, object]) -> str:
    return _base64url(json.dumps(part).encode())


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
