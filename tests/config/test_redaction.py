"""A secret is masked in each form in which a server, a proxy or a library may write it."""

from __future__ import annotations

import html
import json
from base64 import b64encode
from urllib.parse import quote, quote_plus

import pytest

from agent.config.redaction import MASK, Redactor, mask_url
from tests.laws import law

SECRET = 'canary "pass" & <word>/+=é'


def knowing(*secrets: str) -> Redactor:
    redactor = Redactor(limit=10)
    redactor.remember(*secrets)
    return redactor


@law(
    [
        SECRET,
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
        repr(SECRET)[1:-1],
        quote(SECRET),
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        html.escape(SECRET),
        b64encode(SECRET.encode()).decode(),
        b64encode(SECRET.encode()).decode().rstrip("="),
    ],
)
def test_every_form_is_masked_and_the_rest_stays(form: str) -> None:
    assert knowing(SECRET).mask(f"before {form} after {form}") == f"before {MASK} after {MASK}"


def test_a_login_is_masked_as_basic_authentication_has_it() -> None:
    redactor = Redactor(limit=10)
    redactor.remember_login("agent", "hunter2-canary")
    sent = b64encode(b"agent:hunter2-canary").decode()
    assert redactor.mask(f"Authorization: Basic {sent}") == f"Authorization: Basic {MASK}"
    assert redactor.mask("agent: hunter2-canary") == f"agent: {MASK}"


def test_a_secret_that_is_cut_is_masked_too() -> None:
    token = "eyJhbGciOiJSUzI1NiJ9.payload.signature"
    redactor = knowing(token)
    assert redactor.mask(f"sent Bearer {token[:20]}") == f"sent Bearer {MASK}"
    assert redactor.mask(f"sent Bearer {token[:5]}…") == f"sent Bearer {MASK}…"
    assert redactor.mask(f"{token[:14]} and more") == f"{MASK} and more"


def test_white_space_that_became_one_space_hides_nothing() -> None:
    assert knowing("two  spaces\tcanary").mask("is two spaces canary") == f"is {MASK}"


def test_a_short_secret_is_masked_only_as_a_word_of_its_own() -> None:
    redactor = knowing("pass1", "abc")
    assert redactor.mask("pass1 'pass1' pass12 mypass1 abc") == f"{MASK} '{MASK}' pass12 mypass1 abc"


def test_only_the_last_secrets_are_remembered() -> None:
    redactor = Redactor(limit=2)
    redactor.remember("canary-1", "canary-2")
    redactor.remember("canary-1")
    redactor.remember("canary-3")
    assert redactor.mask("canary-1 canary-2 canary-3") == f"{MASK} canary-2 {MASK}"


def test_the_query_of_an_address_and_its_values_are_secrets() -> None:
    redactor = Redactor(limit=10)
    redactor.remember_url("https://store.example.com/matrix.json?X-Sig=canary%2Fvalue&page=1")
    line = '"GET /matrix.json?X-Sig=canary%2Fvalue&page=1 HTTP/1.1" 403 canary/value page 1'
    assert redactor.mask(line) == f'"GET /matrix.json?{MASK} HTTP/1.1" 403 {MASK} page 1'


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("GET http://a/b?c=d: refused", f"GET http://a/b?{MASK} refused"),
        (
            "see 'https://u:p@a:1/b?c' or (http://a/?b)",
            f"see 'https://{MASK}@a:1/b?{MASK}' or (http://a/?{MASK})",
        ),
        ("https://a/b and why?", "https://a/b and why?"),
        ("mail me@example.com", "mail me@example.com"),
    ],
)
def test_addresses_lose_user_info_and_query(text: str, masked: str) -> None:
    assert mask_url(text) == masked


def test_remembering_many_secrets_is_fast_and_so_is_masking() -> None:
    redactor = Redactor(limit=5000)
    redactor.remember(*(f"secret-number-{number}" for number in range(5000)))
    assert redactor.mask("a secret-number-4711 in a line") == f"a {MASK} in a line"
