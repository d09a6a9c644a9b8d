"""The address that others reach the agent under: what is one, and what goes by it."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from agent.cli import cli
from agent.web.app import make_app
from agent.web.external import External
from tests.laws import law
from tests.web.samples import FakeSource, ask, behind, silent

SHOWN = (behind(), silent())


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("http://agent:17233", External("http", "agent:17233", "")),
        ("http://agent:17233/", External("http", "agent:17233", "")),
        ("https://tools.example.org/a/b/", External("https", "tools.example.org", "/a/b")),
        ("http://[::1]:17233/x", External("http", "[::1]:17233", "/x")),
    ],
)
def test_an_address_has_a_scheme_a_host_and_maybe_a_path(url: str, read: External) -> None:
    assert External.read(url) == read


WRONG = [
    *("", "agent:17233", "ftp://agent/", "http://", "http:///path", "http://a b/", "http://user:pw@agent/"),
    *("http://agent/?q=1", "http://agent/#top", "http://agent/a b", "http://agent//", 'http://agent/"x'),
    *("http://agent/{name}", "http://[::1/", "http://agent:x/"),
]


@law([url for url in WRONG if url != "http://agent//"])
def test_anything_else_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        External.read(url)


@pytest.mark.parametrize("command", [["run", "--config.file", "x.yaml"], ["demo"]])
def test_a_wrong_address_is_wrong_use(command: list[str]) -> None:
    done = CliRunner().invoke(cli, [*command, "--web.external-url", "tools.example.org"])
    assert done.exit_code == 2
    assert "--web.external-url: write an address such as" in done.output


def discovered(external: str = "", **headers: str) -> list[dict[str, object]]:
    reply = ask(make_app(FakeSource(SHOWN), external_url=external), "/sd", headers=headers)
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    found: list[dict[str, object]] = json.loads(reply.text)
    return found


def test_service_discovery_has_a_target_a_cluster_at_the_external_address() -> None:
    assert discovered("http://agent.example.org:17233") == [
        {
            "targets": ["agent.example.org:17233"],
            "labels": {"__metrics_path__": "/probe", "__param_cluster": name, "instance": name},
        }
        for name in ("orders-live", "payments-live")
    ]


def test_targets_behind_a_proxy_have_its_scheme_and_prefix() -> None:
    (first, _) = discovered("https://tools.example.org/compat")
    assert first["targets"] == ["tools.example.org"]
    assert first["labels"] == {
        "__metrics_path__": "/compat/probe",
        "__scheme__": "https",
        "__param_cluster": "orders-live",
        "instance": "orders-live",
    }


def test_without_an_external_address_it_is_the_one_that_was_requested() -> None:
    assert discovered(host="127.0.0.1:17233")[0]["targets"] == ["127.0.0.1:17233"]


@pytest.mark.parametrize("host", ["", "a b", "<b>", "a/b"])
def test_a_text_that_is_not_a_host_is_refused(host: str) -> None:
    assert ask(make_app(FakeSource(SHOWN)), "/sd", headers={"Host": host}).status == 400


def test_without_clusters_there_are_no_targets() -> None:
    assert json.loads(ask(make_app(FakeSource()), "/sd", headers={"Host": "agent:1"}).text) == []
