"""The address at which users reach the agent, `--web.external-url`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_HOST = re.compile(r"[A-Za-z0-9._~%-]+(:\d+)?|\[[0-9A-Fa-f:.]+\](:\d+)?")


@dataclass(frozen=True)
class External:
    """`host` may have a port. `prefix` is empty, or begins with a slash and does not end with one."""

    scheme: str = "http"
    host: str = ""
    prefix: str = ""

    @classmethod
    def read(cls, url: str) -> External:
        """Read an address such as `https://tools.example.org/compat`.

        Raises:
            ValueError: it is not an HTTP address, or has parts that a prefix cannot have.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not is_host(parts.netloc):
            raise ValueError("write an address such as https://tools.example.org/compat")
        if parts.query or parts.fragment:
            raise ValueError("remove the query and the fragment; only a path is allowed")
        prefix = parts.path.rstrip("/")
        if prefix and not re.fullmatch(r"(/[A-Za-z0-9._~-]+)+", prefix):
            raise ValueError("the path may contain only letters, digits, slashes and . _ ~ -")
        return cls(parts.scheme, parts.netloc, prefix)

    @property
    def url(self) -> str:
        """The address without a slash at the end; empty if the agent does not know it."""
        return f"{self.scheme}://{self.host}{self.prefix}" if self.host else ""


def is_host(text: str) -> bool:
    """Whether the text is a host name or address, with or without a port."""
    return _HOST.fullmatch(text) is not None
