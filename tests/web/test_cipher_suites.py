"""The table of cipher suites: OpenSSL knows every one, under the same name in the standard's words."""

from __future__ import annotations

import ssl

from agent.web.cipher_suites import TLS12_SUITES, openssl_ciphers


def test_openssl_has_every_suite_of_the_table() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    for name, cipher in TLS12_SUITES.items():
        context.set_ciphers(openssl_ciphers((name,)))
        assert cipher in {found["name"] for found in context.get_ciphers()}


def test_suites_keep_their_order_and_those_of_tls_1_3_are_left_out() -> None:
    suites = ("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256")
    assert openssl_ciphers((*suites, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256")) == (
        "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305"
    )
    assert openssl_ciphers(suites[1:]) == ""
