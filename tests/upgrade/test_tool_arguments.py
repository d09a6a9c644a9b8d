"""How commands name a store."""

from __future__ import annotations

import subprocess

import pytest

from agent.model.vocabulary import Role
from agent.upgrade.tool_arguments import Access, login_flags, or_variable, tls_flags, tool_words, user
from tests.upgrade.test_route import release

ROLE = Role.PERSISTENCE


def flags(name: str, access: Access) -> list[str]:
    return list(tls_flags(release(name), ROLE, access))


def test_what_is_not_known_is_a_variable_of_the_role() -> None:
    assert or_variable("", Role.SECONDARY_VISIBILITY, "HOST") == '"$SECONDARY_VISIBILITY_HOST"'
    assert or_variable("a b", ROLE, "HOST") == "'a b'"


@pytest.mark.parametrize(
    "name", ["agent", "a b", 'q"uote', "do$HOME", "`id`", "brace}d", "it's", "back\\slash"]
)
def test_a_user_of_any_name_is_the_default_of_its_variable(name: str) -> None:
    word = user(ROLE, Access(user=name))
    for env, expected in (({}, name), ({"PERSISTENCE_USER": "owner"}, "owner")):
        found = subprocess.run(["bash", "-uc", f"printf %s {word}"], env=env, capture_output=True, check=True)
        assert found.stdout.decode() == expected


def test_a_store_that_is_known_to_need_no_login_gets_none() -> None:
    assert list(login_flags(ROLE, Access(host="db"))) == []
    assert list(tool_words("temporal-sql-tool", ROLE, Access(host="db"))) == ["temporal-sql-tool"]
    for access in (Access(), Access(host="db", user="agent")):
        words = [*tool_words("temporal-sql-tool", ROLE, access), *login_flags(ROLE, access)]
        assert words[:3] == ['SQL_PASSWORD="$PERSISTENCE_PASSWORD"', "temporal-sql-tool", "--user"]


def test_without_encryption_there_are_no_flags_for_it() -> None:
    assert flags("1.31.2", Access(host="db")) == []


def test_from_1_9_names_are_verified_by_default_and_may_be_others() -> None:
    access = Access(host="db", tls=True, ca_file="ca.pem", cert_file="c.pem", key_file="k k.pem")
    files = ["--tls", "--tls-ca-file", "ca.pem", "--tls-cert-file", "c.pem", "--tls-key-file"]
    assert flags("1.9.3", access) == [*files, "'k k.pem'"]
    named = Access(host="db", tls=True, server_name="temporal-db")
    assert flags("1.31.2", named) == ["--tls", "--tls-server-name", "temporal-db"]


def test_before_1_9_certificates_are_verified_unless_the_name_differs() -> None:
    access = Access(host="db", tls=True, ca_file="ca.pem")
    assert flags("1.8.2", access) == ["--tls", "--tls-ca-file", "ca.pem", "--tls-enable-host-verification"]
    named = Access(host="db", tls=True, ca_file="ca.pem", server_name="other")
    assert flags("1.8.2", named) == ["--tls", "--tls-ca-file", "ca.pem"]


def test_before_1_9_some_file_must_be_there() -> None:
    assert '"$PERSISTENCE_CA_FILE"' in flags("1.5.8", Access(host="db", tls=True))


def test_tls_that_verifies_nothing_is_still_tls() -> None:
    access = Access(host="db", tls=True, verifies=False)
    assert flags("1.8.2", access) == ["--tls"]
    assert flags("1.9.3", access) == ["--tls", "--tls-disable-host-verification"]
