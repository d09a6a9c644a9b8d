"""A certificate authority for tests, by openssl's command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .commands import run, which


@dataclass(frozen=True)
class Certificate:
    """The files of one certificate and its key, in PEM."""

    cert: Path
    key: Path


class Authority:
    """Issues certificates for servers and clients; each authority trusts only its own."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._own = self._request(name, "basicConstraints=critical,CA:TRUE")

    @property
    def ca(self) -> Path:
        """The certificate that the others verify against."""
        return self._own.cert

    def issue(self, name: str, *, dns: str | None = None) -> Certificate:
        """A certificate for clients and for a server on 127.0.0.1 that is called `dns`, else localhost."""
        return self._request(
            name,
            f"subjectAltName=DNS:{dns or 'localhost'},IP:127.0.0.1",
            "extendedKeyUsage=serverAuth,clientAuth",
            issuer=self._own,
        )

    def _request(self, name: str, *extensions: str, issuer: Certificate | None = None) -> Certificate:
        made = Certificate(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        command: list[str | Path] = [which("openssl"), "req", "-x509"]
        command += ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        command += ["-nodes", "-days", "2", "-subj", f"/CN={name}", "-out", made.cert, "-keyout", made.key]
        # Nothing from the machine's own openssl.cnf, which adds extensions of its own.
        config = self._folder / "openssl.cnf"
        config.write_text("[req]\ndistinguished_name=dn\n[dn]\n")
        command += ["-config", config]
        for extension in extensions:
            command += ["-addext", extension]
        if issuer:
            command += ["-CA", issuer.cert, "-CAkey", issuer.key]
        run(command)
        return made
