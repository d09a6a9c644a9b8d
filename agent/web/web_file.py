"""`--web.config.file` in use: read again when it or a certificate changes; kept if the new one is invalid."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent.config.errors import ConfigError, Problem
from agent.web.cipher_suites import openssl_ciphers
from agent.web.tls_config import RateLimit, TlsServer, WebConfig, load_web_config

log = logging.getLogger(__name__)

_VERSIONS = {"TLS12": ssl.TLSVersion.TLSv1_2, "TLS13": ssl.TLSVersion.TLSv1_3}

#: Modification time, size and inode of a file; None if it cannot be read.
_Stamp = tuple[int, int, int] | None


class WebFile:
    """The current content of the file. Each property checks first whether the file has changed.

    Without a file everybody may read, without encryption.
    """

    def __init__(self, path: Path | None = None) -> None:
        """Read the file.

        Raises:
            ConfigError: the file or a certificate is invalid. The server must not start without protection.
        """
        self._path = path
        self._config = WebConfig()
        self._is_loaded = False
        self._is_reloaded = True
        self._context: ssl.SSLContext | None = None
        self._watched: tuple[Path, ...] = ()
        self._stamps: tuple[_Stamp, ...] = ()
        if path is not None:
            self._load(path)

    @property
    def tls(self) -> ssl.SSLContext | None:
        """TLS for new connections; None without TLS."""
        self._current()
        return self._context

    @property
    def users(self) -> Mapping[str, str]:
        """Users with the bcrypt hashes of their passwords; if empty, everybody may read."""
        return self._current().basic_auth_users

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers for every answer."""
        return self._current().http_server_config.headers

    @property
    def is_reloaded(self) -> bool:
        """Whether the last reload succeeded; True without a file."""
        self._current()
        return self._is_reloaded

    @property
    def rate_limit(self) -> RateLimit | None:
        return self._current().rate_limit

    def admits(self, certificate: Mapping[str, Any] | None) -> bool:
        """Whether a client with this certificate, as `SSLSocket.getpeercert` gives it, may connect."""
        tls = self._current().tls_server_config
        if tls is None or not tls.client_allowed_sans:
            return True
        names = (certificate or {}).get("subjectAltName", ())
        return any(value in tls.client_allowed_sans for _kind, value in names)

    def _current(self) -> WebConfig:
        if self._path is not None and self._stamps != tuple(map(_stamp, self._watched)):
            self._reload(self._path)
        return self._config

    def _reload(self, path: Path) -> None:
        try:
            self._load(path)
        except ConfigError as error:
            self._is_reloaded = False
            for problem in error.problems:
                log.error(
                    "web configuration not reloaded; the old one stays in use",
                    extra={"problem": str(problem)},
                )
        else:
            self._is_reloaded = True
            log.info("web configuration reloaded")

    def _load(self, path: Path) -> None:
        # Stamps before contents: a change in between leads to another read, and an invalid file is read only
        # once.
        self._watched, self._stamps = (path,), (_stamp(path),)
        config = load_web_config(path)
        tls = config.tls_server_config
        if tls is not None:
            files = filter(None, (tls.cert_file, tls.key_file, tls.client_ca_file))
            self._watched = (path, *map(Path, files))
            self._stamps = (*self._stamps, *map(_stamp, self._watched[1:]))
        if self._is_loaded and (tls is None) != (self._context is None):
            text = "TLS cannot be switched on or off by a reload; restart the agent"
            raise ConfigError([Problem(str(path), 0, "tls_server_config", text)])
        self._context = server_context(tls, str(path)) if tls else None
        self._config, self._is_loaded = config, True


def _stamp(file: Path) -> _Stamp:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def server_context(tls: TlsServer, file: str) -> ssl.SSLContext:
    """A context for the server.

    Raises:
        ConfigError: a certificate or key cannot be read or is invalid; the error names `file`.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = _VERSIONS[tls.min_version]
    context.maximum_version = _VERSIONS[tls.max_version]
    try:
        if ciphers := openssl_ciphers(tls.cipher_suites):
            context.set_ciphers(ciphers)
        context.load_cert_chain(tls.cert_file, tls.key_file)
        if tls.client_ca_file:
            context.load_verify_locations(tls.client_ca_file)
            context.verify_mode = ssl.CERT_REQUIRED
    except (OSError, ssl.SSLError) as error:
        text = f"{getattr(error, 'strerror', None) or error}"
        raise ConfigError([Problem(file, 0, "tls_server_config", text)]) from error
    if tls.prefer_server_cipher_suites:
        context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
    return context
