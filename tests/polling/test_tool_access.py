"""How the schema tools reach the stores of a configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.config import load_config
from agent.model.vocabulary import Role
from agent.polling.tool_access import toolbox
from agent.upgrade import Access, Toolbox

SQL = {"host": "db", "database": "temporal", "user": "agent", "password_file": "secret"}
TLS = {"ca_file": "ca.pem", "cert_file": "c.pem", "key_file": "k.pem", "server_name": "db.local"}


def of(tmp_path: Path, **stores: dict[str, Any]) -> Toolbox:
    (tmp_path / "secret").write_text("hunter2")
    cluster = {"name": "live", "temporal": {"frontend": "frontend:7233"}, **stores}
    path = tmp_path / "agent.yaml"
    path.write_text(yaml.safe_dump({"clusters": [cluster]}))
    (found,) = load_config(path).clusters
    return toolbox(found)


@pytest.mark.parametrize(
    ("role", "store", "access"),
    [
        ("persistence", {"mysql": SQL}, Access("db", 3306, "temporal", "agent")),
        ("visibility", {"postgresql": {**SQL, "port": 5433}}, Access("db", 5433, "temporal", "agent")),
        (
            "persistence",
            {"cassandra": {"hosts": ["c0", "c1"], "keyspace": "temporal"}},
            Access("c0", 9042, "temporal"),
        ),
        (
            "search",
            {
                "elasticsearch": {
                    "url": "https://es:9200",
                    "index": "vis",
                    "user": "agent",
                    "password_file": "secret",
                }
            },
            Access(url="https://es:9200", name="vis", user="agent"),
        ),
    ],
)
def test_a_store_is_reached_as_it_is_configured(
    tmp_path: Path, role: str, store: dict[str, Any], access: Access
) -> None:
    assert of(tmp_path, **{role: store}).access == {Role(role): access}


def test_an_encrypted_connection_is_imported_with_its_files_and_name(tmp_path: Path) -> None:
    found = of(tmp_path, persistence={"postgresql": {**SQL, "tls": TLS}}).access[Role.PERSISTENCE]
    names = [Path(file).name for file in (found.ca_file, found.cert_file, found.key_file)]
    assert (found.tls, names, found.server_name) == (True, ["ca.pem", "c.pem", "k.pem"], "db.local")
    bare = of(tmp_path, persistence={"postgresql": {**SQL, "tls": {}}}).access[Role.PERSISTENCE]
    assert (bare.tls, bare.ca_file) == (True, "")


def test_a_second_store_is_reached_by_its_own_way(tmp_path: Path) -> None:
    second = {"postgresql": {**SQL, "database": "second"}}
    access = of(tmp_path, persistence={"postgresql": SQL}, secondary_visibility=second).access
    assert access[Role.SECONDARY_VISIBILITY].name == "second"


def test_a_file_of_sqlite_is_reached_by_no_tool(tmp_path: Path) -> None:
    assert of(tmp_path, persistence={"sqlite": {"path": "temporal.db"}}).access == {}


def test_no_secret_is_read(tmp_path: Path) -> None:
    assert "hunter2" not in repr(of(tmp_path, persistence={"mysql": SQL}))


def test_the_tools_verify_where_the_agent_does_and_get_the_attributes_of_temporals_file(
    tmp_path: Path,
) -> None:
    file: dict[str, Any] = {
        "tool_attributes": {"persistence": {"tx_isolation": "'READ-COMMITTED'", "a b": "&"}},
    }
    secured = {"mysql": {**SQL, "tls": TLS}}
    unverified = {"mysql": {**SQL, "tls": {"verify": False}}}
    access = of(tmp_path, persistence=unverified, visibility=secured, server_file=file).access
    persistence, visibility = access[Role.PERSISTENCE], access[Role.VISIBILITY]
    assert (persistence.tls, persistence.verifies) == (True, False)
    assert persistence.attributes == "a%20b=%26&tx_isolation=%27READ-COMMITTED%27"
    assert (visibility.tls, visibility.verifies, visibility.attributes) == (True, True, "")


def test_the_tools_get_the_search_path_also_without_a_file_of_temporal(tmp_path: Path) -> None:
    store = {"postgresql": {**SQL, "search_path": "temporal,public"}}
    assert (
        of(tmp_path, persistence=store).access[Role.PERSISTENCE].attributes == "search_path=temporal%2Cpublic"
    )
    file = {"tool_attributes": {"persistence": {"search_path": "a", "sslmode": "require"}}}
    attributes = of(tmp_path, persistence=store, server_file=file).access[Role.PERSISTENCE].attributes
    assert attributes == "search_path=temporal%2Cpublic&sslmode=require"
