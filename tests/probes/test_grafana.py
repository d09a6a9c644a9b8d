"""Grafana: the version by each of its answers. No Grafana can be had here: these are recorded ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.config import WebApi
from agent.model.observation import Facts, Failure
from agent.model.vocabulary import Reason
from agent.probes import open_probe
from tests.laws import law
from tests.probes.reading import peak_of, read, within
from tests.probes.servers import Answer, Loopback, Pages, Request, requests, silence

HEALTH, SETTINGS, PAGE = "/api/health", "/api/frontend/settings", "/login"

# grafana/grafana#3302 (4.1.0, as it was added for 4.3) and #37438 (8.0.6).
HEALTH_4 = {"commit": "349f3eb", "database": "ok", "version": "4.1.0"}
HEALTH_8 = {"commit": "68fe9e3431", "database": "ok", "version": "8.0.6"}
# ysde/grafana-backup-tool#225: 9.5.2 with hide_version, asked as admin.
HIDDEN = {"database": "ok"}
# grafana/grafana's documentation of the HTTP API, "Frontend Settings API", with a version filled in.
FRONTEND = {"allowOrgCreate": True, "appSubUrl": "", "buildInfo": {"commit": "v", "version": "9.5.2"}}

# The scripts of login pages. 3.0.1: as somebody's notes on Kafka's monitoring have it (2017). 2.5.0, 2.1.0:
# made from the template of that time (raintank/grafana@d3ee81b and @925ead5: public/views/index.html,
# pkg/api/frontendsettings.go), of which Go writes the keys in their order.
PAGE_3 = (
    "window.grafanaBootData = {\n"
    'user:{"isSignedIn":false,"id":0,"login":"","orgRole":"","timezone":"browser"},\n'
    'settings: {"allowOrgCreate":false,"appSubUrl":"","authProxyEnabled":false,'
    '"buildInfo":{"buildstamp":1462955841,"commit":"v3.0.1+2-g549eb15","hasUpdate":true,'
    '"latestVersion":"4.2.0","version":"3.0.1"},'
    '"datasources":{"-- Grafana --":{"meta":{"info":{"version":""}}}}},\n'
    "mainNavLinks: []\n};"
)
PAGE_2 = (
    "window.grafanaBootData = {{\n"
    'user:{{"isSignedIn":false,"login":""}},\n'
    'settings: {{"allowOrgCreate":false,"appSubUrl":"",'
    '"buildInfo":{{"buildstamp":1446020364,"commit":"v","version":"{}"}},"datasources":{{}}}},\n}};'
)
NOT_FOUND = Answer(b'{"message":"Not found"}', 404)
UNAUTHORIZED = Answer(b'{"message":"Unauthorized"}', 401)
LOGIN_PAGE = Answer(b"<!DOCTYPE html><html><title>Single sign-on</title></html>")


def answer(value: object, status: int = 200) -> Answer:
    return Answer(json.dumps(value).encode(), status)


def page(script: str) -> Answer:
    return Answer(f"<!DOCTYPE html><html><script>{script}</script></html>".encode())


def by_path(pages: Mapping[str, Answer]) -> Callable[[Request], Answer]:
    return lambda request: pages.get(urlsplit(request.path).path.removeprefix("/grafana"), NOT_FOUND)


def ask(pages: Mapping[str, Answer], path: str = "", **login: Any) -> tuple[Facts | Failure, list[str]]:
    """What came of it, and what was asked for."""
    with Pages(by_path(pages)) as server:
        probe = open_probe("grafana", WebApi(url=f"http://{server.address}{path}", **login))
        result = read(probe)
        probe.close()
        return result, [request.path for request in server.seen]


def version(pages: Mapping[str, Answer], **login: Any) -> str:
    found, _ = ask(pages, **login)
    assert isinstance(found, Facts), found
    (node,) = found.nodes
    return node.version


def reason(pages: Mapping[str, Answer], **login: Any) -> Reason:
    found, _ = ask(pages, **login)
    assert isinstance(found, Failure), found
    return found.reason


@pytest.fixture(name="login")
def _login(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setenv("GRAFANA_TOKEN", "t0ken")
    return {"token": "${GRAFANA_TOKEN}"}


@pytest.mark.parametrize(("health", "expected"), [(HEALTH_4, "4.1.0"), (HEALTH_8, "8.0.6")])
@pytest.mark.parametrize("path", ["", "/grafana", "/grafana/"])
def test_health_reports_it_without_a_login(health: object, expected: str, path: str) -> None:
    found, asked = ask({HEALTH: answer(health)}, path)
    assert isinstance(found, Facts)
    assert (found.component, found.flavor, found.nodes[0].version) == ("grafana", "", expected)
    assert asked == [f"{path.rstrip('/')}{HEALTH}"]


@pytest.mark.parametrize(
    ("script", "expected"),
    [(PAGE_3, "3.0.1"), (PAGE_2.format("2.5.0"), "2.5.0"), (PAGE_2.format("2.1.0"), "2.1.0")],
)
def test_before_there_was_health_the_login_page_shows_it(script: str, expected: str) -> None:
    assert version({HEALTH: NOT_FOUND, PAGE: page(script)}) == expected
    # A Grafana that lets in nobody else answers so to all of its API.
    assert version({HEALTH: UNAUTHORIZED, PAGE: page(script)}) == expected


def test_before_there_was_health_a_login_is_enough(login: dict[str, str]) -> None:
    old = {"buildInfo": {"version": "3.1.1"}}
    assert version({HEALTH: NOT_FOUND, SETTINGS: answer(old)}, **login) == "3.1.1"


def test_a_hidden_version_is_requested_with_a_login(login: dict[str, str]) -> None:
    pages = {HEALTH: answer(HIDDEN), SETTINGS: answer(FRONTEND)}
    assert version(pages, **login) == "9.5.2"
    found, asked = ask(pages)
    assert isinstance(found, Failure)
    assert found.reason is Reason.VERSION_UNREADABLE
    assert "hide_version" in found.text
    assert "token" in found.text
    assert asked == [HEALTH]


def test_a_hidden_version_that_the_login_does_not_show_has_its_reason(login: dict[str, str]) -> None:
    empty = {"buildInfo": {"version": ""}}
    assert reason({HEALTH: answer(HIDDEN), SETTINGS: answer(empty)}, **login) is Reason.VERSION_UNREADABLE
    assert reason({HEALTH: answer(HIDDEN), SETTINGS: UNAUTHORIZED}, **login) is Reason.AUTHENTICATION_FAILED
    assert reason({HEALTH: answer(HIDDEN), SETTINGS: Answer(b"", 403)}, **login) is Reason.PERMISSION_DENIED
    assert reason({HEALTH: answer(HIDDEN), SETTINGS: LOGIN_PAGE}, **login) is Reason.BAD_ANSWER


def test_a_wrong_login_at_an_old_grafana_is_reported(login: dict[str, str]) -> None:
    pages = {HEALTH: NOT_FOUND, SETTINGS: UNAUTHORIZED, PAGE: UNAUTHORIZED}
    assert reason(pages, **login) is Reason.AUTHENTICATION_FAILED


def test_a_grafana_whose_database_fails_says_so() -> None:
    failing = {"commit": "c", "database": "failing", "version": "8.0.6"}
    assert reason({HEALTH: answer(failing, 503)}) is Reason.STORE_UNAVAILABLE


@law(
    [
        ({HEALTH: LOGIN_PAGE, PAGE: LOGIN_PAGE}, Reason.BAD_ANSWER),
        ({HEALTH: Answer(b'{"database": "ok", "ver')}, Reason.BAD_ANSWER),
        ({HEALTH: Answer(b"[" * 99_999)}, Reason.BAD_ANSWER),
        ({HEALTH: answer([])}, Reason.BAD_ANSWER),
        ({HEALTH: answer({})}, Reason.BAD_ANSWER),
        ({HEALTH: answer({"status": "UP"})}, Reason.BAD_ANSWER),
        ({HEALTH: NOT_FOUND}, Reason.NOT_IMPLEMENTED),
        ({HEALTH: NOT_FOUND, PAGE: LOGIN_PAGE}, Reason.NOT_IMPLEMENTED),
        ({HEALTH: NOT_FOUND, PAGE: page('"buildInfo":{"version":')}, Reason.NOT_IMPLEMENTED),
        ({HEALTH: NOT_FOUND, PAGE: page('"buildInfo":7')}, Reason.NOT_IMPLEMENTED),
        ({HEALTH: NOT_FOUND, PAGE: page('"buildInfo":' + "[" * 99_999)}, Reason.NOT_IMPLEMENTED),
        ({HEALTH: NOT_FOUND, PAGE: Answer(b" " * 1_000_001)}, Reason.ANSWER_TOO_LARGE),
        ({HEALTH: Answer(b" " * 1_000_001)}, Reason.ANSWER_TOO_LARGE),
        ({HEALTH: UNAUTHORIZED, PAGE: NOT_FOUND}, Reason.AUTHENTICATION_FAILED),
        ({HEALTH: Answer(b"", 403)}, Reason.PERMISSION_DENIED),
    ],
)
def test_what_reports_no_version_has_its_reason(pages: Mapping[str, Answer], expected: Reason) -> None:
    assert reason(pages) is expected


def test_a_redirect_to_elsewhere_is_not_followed_with_the_token(login: dict[str, str]) -> None:
    with Pages(Answer(b"{}")) as elsewhere:
        away = Answer(b"", 302, {"Location": f"http://{elsewhere.address}/login"})
        assert reason(dict.fromkeys((HEALTH, SETTINGS, PAGE), away), **login) is Reason.BAD_ANSWER
        assert elsewhere.accepted == 0


def test_all_answers_of_one_read_have_one_bound(login: dict[str, str]) -> None:
    big = Answer(b'{"buildInfo": {}, "x": "' + b"y" * 600_000 + b'"}')
    pages = {HEALTH: NOT_FOUND, SETTINGS: big, PAGE: big}
    assert reason(pages, **login) is Reason.ANSWER_TOO_LARGE


def test_an_answer_of_a_hundred_megabytes_takes_about_one_megabyte_of_memory() -> None:
    def endless(connection: Any) -> None:
        next(requests(connection))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
        for _ in range(100):
            connection.sendall(b" " * 1_000_000)

    with Loopback(endless) as server:
        probe = open_probe("grafana", WebApi(url=f"http://{server.address}"))
        found: list[Facts | Failure] = []
        assert peak_of(lambda: found.append(read(probe))) < 2_500_000
        probe.close()
    assert isinstance(found[0], Failure)
    assert found[0].reason is Reason.ANSWER_TOO_LARGE


def test_a_target_that_does_not_answer_gets_no_further_request() -> None:
    with Loopback(silence) as server, within(1.0):
        probe = open_probe("grafana", WebApi(url=f"http://{server.address}"))
        found = read(probe, 0.3)
        probe.close()
        assert server.accepted == 1
    assert isinstance(found, Failure)
    assert found.reason is Reason.TIMEOUT


_JSON = st.recursive(
    st.none() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["database", "version", "buildInfo"]), inner)
    ),
    max_leaves=8,
)


@settings(deadline=None, max_examples=60)
@given(value=_JSON)
def test_any_json_gives_facts_or_an_expected_reason(value: object) -> None:
    expected = {Reason.BAD_ANSWER, Reason.VERSION_UNREADABLE, Reason.NOT_IMPLEMENTED}
    for pages in (
        {HEALTH: answer(value)},
        {HEALTH: NOT_FOUND, PAGE: page(f'"buildInfo":{json.dumps(value)}')},
    ):
        found, _ = ask(pages)
        assert isinstance(found, Facts) or found.reason in expected
