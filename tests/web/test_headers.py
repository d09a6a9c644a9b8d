"""Whatever stands in a header, the answer is never 500."""

from __future__ import annotations

from pathlib import Path

import bcrypt
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from agent.web.app import make_app
from agent.web.web_file import WebFile
from tests.web.samples import FakeSource, ask, behind
from tests.web.web_files import written

NAMES = (
    *("Accept", "Accept-Encoding", "Authorization", "Content-Length", "Content-Type", "Host", "Origin"),
    *("Range", "If-Range", "If-None-Match", "If-Modified-Since", "Sec-Fetch-Site", "Cookie"),
    *("X-Prometheus-Scrape-Timeout-Seconds", "X-Forwarded-Host", "Transfer-Encoding"),
)
PATHS = (
    *("/", "/metrics", "/metrics/", "/probe?cluster=orders-live", "/sd", "/api/v1/clusters", "/nothing"),
    *("/api/v1/nothing", "/api/v1/clusters/", "/static/style.css", "/-/reload", "/clusters/orders-live"),
)
ACCEPT = st.lists(
    st.builds(
        "{};{}={}".format,
        st.sampled_from(("text/plain", "application/openmetrics-text", "*/*")),
        st.sampled_from(("version", "escaping", "q")),
        st.sampled_from(("1.0.0", "0.0.4", "abc", "1.x.0", "", "9" * 5000, "\xb2", "-1", "1.0.0.0.0")),
    ),
    max_size=3,
).map(",".join)

#: Pieces of what is right, so that parsers get deep into it.
PIECES = (
    *("text/plain", "application/openmetrics-text", ";version=", "1.0.0", "0.0.4", "abc", "9" * 5000, "²"),
    *(";q=", ",", ";", "=", "escaping=", "allow-utf-8", "gzip", "*", "Basic ", "Og==", "AAAA", "bytes=", "-"),
    *(
        "[",
        "]",
        "::1",
        "agent:1",
        "http://",
        "://",
        "null",
        "%",
        "\\",
        '"',
        "1e999",
        "nan",
        "-0",
        "\xff",
        "\x7f",
    ),
    *("Sat, 28 Nov 2026 21:24:50 GMT", "Sat, 99 Foo 99999 99:99:99", "@", "#", "?", " "),
)
VALUES = st.one_of(
    ACCEPT,
    st.lists(st.sampled_from(PIECES), max_size=8).map("".join),
    st.text(st.characters(max_codepoint=255), max_size=60),
)
HASH = bcrypt.hashpw(b"", bcrypt.gensalt(4)).decode()


class Latin(dict[str, str]):
    """Headers whose values are encoded as they come over the wire."""

    def items(self):  # type: ignore[no-untyped-def]
        return [(name, _Bytes(value)) for name, value in super().items()]


class _Bytes(str):
    def encode(self, encoding: str = "latin-1", errors: str = "replace") -> bytes:
        return super().encode("latin-1", "replace")


def statuses(app: object, values: dict[str, str]) -> set[int]:
    found = set()
    for path in PATHS:
        method = "POST" if path == "/-/reload" else "GET"
        found.add(ask(app, path, method, Latin(values)).status)  # type: ignore[arg-type]
    return found


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(values={"Accept": "text/plain;version=abc"})
@example(values={"Host": "["})
@given(values=st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=5))
def test_no_header_makes_an_error_of_the_server(values: dict[str, str]) -> None:
    assert not {status for status in statuses(OPEN, values) if status >= 500}


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=VALUES)
def test_no_login_makes_an_error_of_the_server(tmp_path: Path, value: str) -> None:
    app = make_app(FakeSource(), web_file=WebFile(written(tmp_path, basic_auth_users={"a": HASH})))
    assert ask(app, "/", headers=Latin({"Authorization": value})).status in (200, 401)


OPEN = make_app(FakeSource((behind(),)), enable_lifecycle=True)
