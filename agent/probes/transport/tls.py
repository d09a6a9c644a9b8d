"""TLS for all probes: the configured files, what verifies a server, and what the other side speaks."""

from __future__ import annotations

import ssl
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import certifi

from agent.config import Tls
from agent.config.files import open_regular
from agent.model.vocabulary import Reason
from agent.probes.base import ProbeError
from agent.probes.transport.reasons import error_text

#: The largest file that is read, in bytes. Bundles of all public authorities have a quarter of that size.
_MAX_FILE = 1_000_000

#: Handshake and alert: the first bytes with which a TLS server answers (RFC 8446, 5.1).
TLS_RECORDS = (b"\x16\x03", b"\x15\x03")

# OpenSSL's x509_vfy.h: X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH.
_NAME_MISMATCH = (62, 64)

_MAX_NAMES = 10


@dataclass(frozen=True)
class TlsFiles:
    """Contents of the configured files; None: not configured."""

    ca: bytes | None
    cert: bytes | None
    key: bytes | None


def read_files(tls: Tls) -> TlsFiles:
    """The files of `tls`, read now.

    Raises:
        ProbeError: one cannot be read.
    """
    return TlsFiles(
        _read("ca_file", tls.ca_file), _read("cert_file", tls.cert_file), _read("key_file", tls.key_file)
    )


def tls_context(tls: Tls) -> ssl.SSLContext:
    """Verifies the server by the configured authorities, unless the configuration says not to.

    Presents the configured certificate.

    Raises:
        ProbeError: a file cannot be read, or holds no certificate or key.
    """
    read_files(tls)
    try:
        context = ssl.create_default_context(cafile=tls.ca_file or _other_authorities())
    except ssl.SSLError as error:
        text = f"tls.ca_file {tls.ca_file}: holds no certificate in PEM form: {error.reason or 'unreadable'}"
        raise ProbeError(Reason.TLS_FAILED, text) from error
    # Python 3.13 refuses certificates that Temporal and its databases accept, such as those MySQL makes.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if not tls.verifies:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if tls.cert_file is not None:
        _present(context, tls)
    return context


def check_private_key_mode(tls: Tls) -> None:
    """Whether libpq takes the key: it refuses one that others may read (fe-secure-openssl.c).

    Raises:
        ProbeError: it would refuse the key.
    """
    if tls.key_file is None:
        return
    status = Path(tls.key_file).stat()
    forbidden = 0o037 if status.st_uid == 0 else 0o077
    if status.st_mode & forbidden:
        mode = f"{stat.S_IMODE(status.st_mode):04o}"
        text = (
            f"tls.key_file {tls.key_file}: mode {mode} is refused by PostgreSQL's library, it must be 0600"
            f" (or 0640 owned by root): chmod 0600, or set defaultMode: 0400 on a Kubernetes secret volume"
        )
        raise ProbeError(Reason.SECRET_UNREADABLE, text)


def handshake_error(error: Exception, name: str) -> ProbeError:
    """Why the handshake with a server that must be `name` failed."""
    if isinstance(error, TimeoutError):
        return ProbeError(Reason.TIMEOUT, "no answer to the TLS handshake before the deadline")
    if isinstance(error, ssl.SSLCertVerificationError):
        return ProbeError(Reason.TLS_FAILED, f"{error_text(error)} (expected name: {name})")
    if isinstance(error, ValueError):
        return ProbeError(Reason.TLS_FAILED, f"{name} cannot be the name of a server: set tls.server_name")
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError) or not isinstance(error, ssl.SSLError):
        text = (
            f"the connection ended during the TLS handshake ({error_text(error)}): the port may not speak"
            " TLS, or the server refuses the agent's certificate"
        )
        return ProbeError(Reason.TLS_FAILED, text)
    if error.reason and "ALERT" in error.reason:
        return ProbeError(Reason.TLS_FAILED, f"the server ended the TLS handshake: {error.reason}")
    if error.reason in _NOT_TLS:
        text = f"the port answers without TLS, but TLS is configured ({error.reason})"
        return ProbeError(Reason.TLS_FAILED, text)
    return ProbeError(Reason.TLS_FAILED, f"TLS handshake failed: {error.reason or error_text(error)}")


def wrong_name(name: str, presented: list[str] | None) -> ProbeError:
    """The server is verified, but its certificate is for other names; None: these could not be read."""
    names = presented or []
    others = ", ".join(names[:_MAX_NAMES]) or ("other names" if presented is None else "no name at all")
    more = f" and {len(names) - _MAX_NAMES} more" if len(names) > _MAX_NAMES else ""
    text = f"the certificate is for {others}{more}, which does not match {name}: set tls.server_name to one"
    return ProbeError(Reason.TLS_FAILED, text)


def is_wrong_name(error: BaseException) -> bool:
    return isinstance(error, ssl.SSLCertVerificationError) and error.verify_code in _NAME_MISMATCH


def names_of(connected: ssl.SSLSocket) -> list[str]:
    """The subjectAltNames of the server's verified certificate, names and addresses."""
    certificate = connected.getpeercert() or {}
    return [str(pair[1]) for pair in certificate.get("subjectAltName", ()) if len(pair) == 2]


def client_hello() -> bytes:
    """The first message of a TLS client."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with suppress(ssl.SSLWantReadError):
        context.wrap_bio(incoming, outgoing, server_hostname="localhost").do_handshake()
    return outgoing.read()


#: OpenSSL's reasons where the peer's first bytes are not a TLS record. The second is of 3.2 and later.
_NOT_TLS = frozenset(
    {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG"}
)


def _read(key: str, path: str | None) -> bytes | None:
    if path is None:
        return None
    try:
        with open_regular(Path(path)) as file:
            return file.read(_MAX_FILE)
    except IsADirectoryError as error:
        text = f"tls.{key} {path}: is not a regular file"
        raise ProbeError(Reason.SECRET_UNREADABLE, text) from error
    except (OSError, ValueError) as error:
        text = f"tls.{key} {path}: cannot be read: {error_text(error)}"
        raise ProbeError(Reason.SECRET_UNREADABLE, text) from error


def _present(context: ssl.SSLContext, tls: Tls) -> None:
    def no_passphrase() -> NoReturn:
        # OpenSSL would ask for it on the terminal.
        text = f"tls.key_file {tls.key_file}: has a passphrase: give the agent a key without one"
        raise ProbeError(Reason.TLS_FAILED, text)

    assert tls.cert_file is not None
    try:
        context.load_cert_chain(tls.cert_file, tls.key_file, password=no_passphrase)
    except ssl.SSLError as error:
        files = f"tls.cert_file {tls.cert_file}, tls.key_file {tls.key_file}"
        problem = "hold no certificate and key in PEM form"
        if error.reason == "KEY_VALUES_MISMATCH":
            problem = "the key does not belong to the certificate"
        raise ProbeError(Reason.TLS_FAILED, f"{files}: {problem}") from error


def _other_authorities() -> str | None:
    """Those of certifi where this system has none; else None."""
    paths = ssl.get_default_verify_paths()
    if paths.cafile or paths.capath:
        return None
    return certifi.where()
