"""Names of cipher suites: Go's, as in the web configuration, and OpenSSL's.

Source: crypto/tls.CipherSuites() of Go 1.24; https://docs.openssl.org/master/man1/openssl-ciphers/.
"""

from __future__ import annotations

_ECDHE = {
    "AES_128_CBC_SHA": "AES128-SHA",
    "AES_256_CBC_SHA": "AES256-SHA",
    "AES_128_GCM_SHA256": "AES128-GCM-SHA256",
    "AES_256_GCM_SHA384": "AES256-GCM-SHA384",
    "CHACHA20_POLY1305_SHA256": "CHACHA20-POLY1305",
}

#: TLS 1.2: from Go's name to OpenSSL's.
TLS12_SUITES = {
    f"TLS_ECDHE_{key}_WITH_{name}": f"ECDHE-{key}-{openssl}"
    for key in ("ECDSA", "RSA")
    for name, openssl in _ECDHE.items()
}

#: TLS 1.3. Neither Go nor Python can select among them.
TLS13_SUITES = frozenset({"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"})


def openssl_ciphers(suites: tuple[str, ...]) -> str:
    """The TLS 1.2 suites among these in OpenSSL's format; empty if there are none."""
    return ":".join(TLS12_SUITES[suite] for suite in suites if suite in TLS12_SUITES)
