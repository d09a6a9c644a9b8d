"""What the user writes in a cluster wins over what Temporal's own files say."""

from __future__ import annotations

from typing import Any

import pytest

from agent.config.document import Place
from agent.config.temporal_files.import_result import is_overridden, merge_overrides
from tests.laws import law

READ: dict[str, Any] = {
    "name": "active",
    "temporal": {"frontend": "a:7233", "tls": {"ca_file": "/ca"}, "metrics": ({"url": "http://a/"},)},
    "persistence": {"mysql": {"host": "a", "user": "u", "password": "${A}", "tls": {"ca_file": "/ca"}}},
    "visibility": {"elasticsearch": {"url": "http://a", "user": "u", "password": "${A}"}},
}


def store(role: str, written: dict[str, Any]) -> Any:
    return merge_overrides(READ, {role: written})[role]


def test_no_overrides_change_nothing() -> None:
    assert merge_overrides(READ, {}) == READ


def test_keys_are_merged_to_any_depth_and_lists_replaced() -> None:
    own = {"temporal": {"tls": {"server_name": "t"}, "metrics": ("http://b/",), "token_file": "/t"}}
    assert merge_overrides(READ, own)["temporal"] == {
        "frontend": "a:7233",
        "tls": {"ca_file": "/ca", "server_name": "t"},
        "metrics": ("http://b/",),
        "token_file": "/t",
    }


def test_null_removes_an_imported_setting() -> None:
    assert "visibility" not in merge_overrides(READ, {"visibility": None})
    assert "tls" not in store("persistence", {"mysql": {"tls": None}})["mysql"]


@pytest.mark.parametrize("login", [{"user": "agent"}, {"password_file": "/p"}, {"password": "${B}"}])
def test_the_agent_s_user_is_never_combined_with_the_server_s_password(login: dict[str, str]) -> None:
    mysql = store("persistence", {"mysql": login})["mysql"]
    assert mysql == {"host": "a", "user": "u", "tls": {"ca_file": "/ca"}} | login


def test_an_api_key_replaces_user_and_password() -> None:
    search = store("visibility", {"elasticsearch": {"api_key_file": "/k"}})["elasticsearch"]
    assert search == {"url": "http://a", "api_key_file": "/k"}


def test_another_kind_of_store_replaces_the_whole_store() -> None:
    other = {"postgresql": {"host": "b"}}
    assert store("persistence", other) == other


@law(
    [
        (("name",), {}, False),
        (("name",), {"name": "a"}, True),
        (("temporal", "frontend"), {"temporal": {"tls": {}}}, False),
        (("temporal", "frontend"), {"temporal": {"frontend": "a:1"}}, True),
        (("temporal", "tls", "cert_file"), {"temporal": {"tls": None}}, True),
        (("persistence",), {"persistence": None}, True),
        (("persistence", "mysql", "user"), {"persistence": {"mysql": {"host": "a"}}}, False),
        (("persistence", "mysql", "user"), {"persistence": {"postgresql": {}}}, True),
        (("persistence", "mysql", "user"), {"persistence": None}, True),
        (("persistence", "mysql", "user"), {"visibility": None}, False),
    ],
)
def test_a_setting_that_is_written_or_replaced_is_not_missing(
    place: Place, written: dict[str, Any], overridden: bool
) -> None:
    assert is_overridden(place, written) is overridden
