"""Whether a page of another site is behind a request."""

from __future__ import annotations

from agent.web.app import make_app
from agent.web.external import External
from agent.web.same_origin import is_cross_site
from tests.laws import law
from tests.web.samples import FakeSource, ask

HOST = {"host": "agent:17233"}


@law(
    [
        ({}, False),
        (HOST, False),
        ({**HOST, "origin": "http://agent:17233"}, False),
        ({**HOST, "origin": "https://tools.example.org"}, False),
        ({**HOST, "origin": "http://evil.example.org"}, True),
        ({**HOST, "origin": "http://agent:17233.evil.example.org"}, True),
        ({**HOST, "origin": "http://agent"}, True),
        ({**HOST, "origin": "null"}, True),
        ({**HOST, "origin": ""}, True),
        ({"origin": "://"}, True),
        ({**HOST, "sec-fetch-site": "same-origin"}, False),
        ({**HOST, "sec-fetch-site": "none"}, False),
        ({**HOST, "sec-fetch-site": "same-site"}, True),
        ({**HOST, "sec-fetch-site": "cross-site"}, True),
        ({**HOST, "sec-fetch-site": "cross-site", "origin": "http://agent:17233"}, True),
        ({**HOST, "sec-fetch-site": "?"}, True),
    ],
)
def test_what_browsers_say_of_a_page_counts(headers: dict[str, str], expected: bool) -> None:
    external = External.read("https://tools.example.org/compat")
    assert is_cross_site(headers, external) is expected


def test_a_reload_is_refused_to_a_page_of_another_site() -> None:
    source = FakeSource()
    app = make_app(source, enable_lifecycle=True)
    evil = {"Host": "agent:17233", "Origin": "http://evil.example.org"}
    assert ask(app, "/-/reload", "POST", evil).status == 403
    assert source.reloads == 0
    assert ask(app, "/-/reload", "POST", {"Host": "agent:17233"}).status == 200
