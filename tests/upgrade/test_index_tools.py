"""The commands for an index and its template."""

from __future__ import annotations

import pytest

from agent.model.vocabulary import Role
from agent.upgrade.index_tools import index_commands, takes_new_index
from agent.upgrade.tool_arguments import Access
from tests.upgrade.test_route import release

ES = Access(url="https://es.local/prefix/", name="vis", user="agent", tls=True, ca_file="ca.pem")


def commands(name: str, there: str, version: str, client: str = "v7", access: Access = ES) -> list[str]:
    reindexed = takes_new_index(release(name), there)
    return index_commands(
        release(name), Role.SEARCH, access, there, version, client=client, reindexed=reindexed
    )[1].splitlines()


def test_1_11_makes_a_new_index_by_its_template_and_copies_into_it() -> None:
    template, index, script = commands("1.11.4", "0", "1", "v6")
    assert template.endswith("@./schema/elasticsearch/visibility/versioned/v1/index_template_v6.json")
    assert "/_template/temporal_visibility_v1_template" in template
    # Run anew it leaves the index alone.
    assert ' --head https://es.local/prefix/"$SEARCH_NEW_INDEX" || curl' in index
    assert script == (
        "ES_SCHEME=https ES_SERVER=es.local ES_PORT=443/prefix"
        ' ES_USER="${SEARCH_USER:-agent}" ES_PWD="$SEARCH_PASSWORD" CURL_CA_BUNDLE=ca.pem ES_VERSION=v6'
        ' AUTO_CONFIRM=y ES_VIS_INDEX_V0=vis ES_VIS_INDEX_V1="$SEARCH_NEW_INDEX"'
        " bash ./schema/elasticsearch/visibility/versioned/v1/reindex.sh"
    )


def test_only_what_has_no_version_begins_a_new_index_and_only_up_to_1_16() -> None:
    assert takes_new_index(release("1.11.4"), "")
    assert takes_new_index(release("1.16.3"), "0")
    assert not takes_new_index(release("1.16.3"), "1")
    assert not takes_new_index(release("1.17.6"), "0")


def test_from_1_17_each_index_version_has_its_script_and_its_template() -> None:
    template, *scripts = commands("1.24.3", "5", "7")
    assert template.endswith("versioned/v7/index_template_v7.json")
    assert [text.split("/")[-2:] for text in scripts] == [["v6", "upgrade.sh"], ["v7", "upgrade.sh"]]
    assert all("ES_VIS_INDEX_V1=vis" in text for text in scripts)


def test_an_index_of_no_version_gets_every_script() -> None:
    assert len(commands("1.18.5", "0", "3")) == 4


def test_the_scripts_of_1_17_to_1_20_do_not_see_a_refused_request_so_the_mapping_is_verified() -> None:
    for name, current, version in (("1.17.6", "1", "2"), ("1.20.5", "3", "4"), ("1.21.6", "3", "5")):
        *_, verification = commands(name, current, version)
        assert verification.startswith("curl --fail --silent --show-error --user")
        assert "/_mapping | jq --exit-status --slurpfile template ./schema" in verification
    assert "jq" not in commands("1.24.3", "5", "7")[-1]


def test_from_1_30_there_is_a_tool_for_both() -> None:
    (text,) = commands("1.30.6", "9", "13")
    assert text == (
        'ES_PWD="$SEARCH_PASSWORD" temporal-elasticsearch-tool --endpoint https://es.local/prefix/'
        ' --user "${SEARCH_USER:-agent}"'
        " --tls --tls-ca-file ca.pem update-schema --index vis"
    )


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("http://es", "ES_SCHEME=http ES_SERVER=es ES_PORT=80 "),
        ("https://es:9243/", "ES_SCHEME=https ES_SERVER=es ES_PORT=9243 "),
        ("http://[::1]:9200", "ES_SCHEME=http ES_SERVER='[::1]' ES_PORT=9200 "),
        ("", 'ES_SCHEME="$SEARCH_SCHEME" ES_SERVER="$SEARCH_HOST" ES_PORT="$SEARCH_PORT" '),
    ],
)
def test_the_scripts_get_the_url_in_parts(url: str, parts: str) -> None:
    assert commands("1.24.3", "6", "7", access=Access(url=url, name="vis"))[1].startswith(parts)


def test_without_a_login_none_is_given() -> None:
    for name, there, version in (("1.24.3", "6", "7"), ("1.31.2", "13", "14")):
        text = "\n".join(commands(name, there, version, access=Access(url="http://es:9200", name="vis")))
        assert "USER" not in text
        assert "PASSWORD" not in text


def test_a_server_that_is_not_verified_is_not_verified_by_any_command() -> None:
    access = Access(url="https://es.local", name="vis", tls=True, verifies=False)
    (tool,) = commands("1.30.4", "5", "6", access=access)
    assert " --tls --tls-disable-host-verification " in tool
    settings, *lines = commands("1.20.4", "1", "2", access=access)
    assert settings.endswith("echo insecure > ./curl-insecure/.curlrc")
    assert all(" --insecure" in line or " CURL_HOME=./curl-insecure " in line for line in lines)
    moved = commands("1.11.4", "0", "1", access=access)
    assert moved[0] == settings
    assert all(" --insecure" in line or " CURL_HOME=./curl-insecure " in line for line in moved[1:])
