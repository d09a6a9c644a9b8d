"""Files for `--web.config.file`."""

from __future__ import annotations

import ssl
from pathlib import Path

import yaml

from agent.web.web_file import WebFile
from tests.integration.servers.certificates import Authority
from tests.integration.servers.requirement import require


def written(folder: Path, **data: object) -> Path:
    """The file with these parts."""
    path = folder / "web.yaml"
    path.write_text(yaml.safe_dump(data))
    return path


def with_tls(folder: Path) -> tuple[WebFile, ssl.SSLContext]:
    """A file with a certificate of its own, and what a client trusts it with."""
    authority = require(lambda: Authority(folder, "ca"))
    authority.issue("server")
    web_file = WebFile(
        written(folder, tls_server_config={"cert_file": "server.pem", "key_file": "server.key"})
    )
    client = ssl.create_default_context(cafile=str(authority.ca))
    client.check_hostname = False
    return web_file, client
