"""Temporal's frontend by its HTTP API: always the most that it will tell."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.config import Temporal
from agent.model.observation import Node
from agent.model.vocabulary import Reason, Role
from agent.probes import Probe, ProbeError, open_probe
from tests.laws import law
from tests.probes.reading import facts, failure
from tests.probes.servers import Answer, Pages, Request

CLUSTER, SYSTEM = "/api/v1/cluster-info", "/api/v1/system-info"

# As Temporal 1.31.2 answers.
CLUSTER_INFO = {
    "supportedClients": {"temporal-go": "<2.0.0"},
    "serverVersion": "1.31.2",
    "clusterId": "f4e0-1",
    "clusterName": "active",
    "historyShardCount": 4,
    "persistenceStore": "postgres12",
    "visibilityStore": "postgres12,elasticsearch",
}
SYSTEM_INFO = {"serverVersion": "1.31.2", "capabilities": {}}


def answer(value: object) -> Answer:
    return Answer(json.dumps(value).encode(), headers={"Content-Type": "*"})


def by_path(cluster: Answer, system: Answer) -> Callable[[Request], Answer]:
    return lambda request: {CLUSTER: cluster, SYSTEM: system}.get(request.path, Answer(b"", 404))


def opened(server: Pages, **settings: Any) -> Probe:
    return open_probe("temporal_http", Temporal(http=f"http://{server.address}", **settings))


def test_cluster_info_reports_version_plugins_and_details() -> None:
    with Pages(by_path(answer(CLUSTER_INFO), Answer(b"", 500))) as server:
        probe = opened(server)
        found = facts(probe)
        probe.close()
    assert found.component == "temporal"
    assert found.nodes == (Node("1.31.2", service="frontend"),)
    assert found.plugins == {
        Role.PERSISTENCE: ("postgres12",),
        Role.VISIBILITY: ("postgres12", "elasticsearch"),
    }
    assert found.details == {"cluster_id": "f4e0-1", "cluster_name": "active", "history_shard_count": "4"}
    assert found.gaps == ()


def test_the_answer_recorded_from_a_real_server_is_read() -> None:
    recorded = (Path(__file__).parent / "recorded" / "cluster-info.json").read_bytes()
    with Pages(by_path(Answer(recorded, headers={"Content-Type": "*"}), Answer(b"", 500))) as server:
        probe = opened(server)
        found = facts(probe)
        probe.close()
    assert found.nodes == (Node("1.24.2", service="frontend"),)
    assert found.plugins == {Role.PERSISTENCE: ("sqlite",), Role.VISIBILITY: ("sqlite",)}
    assert found.details["history_shard_count"] == "4"


def test_the_advice_of_the_project_is_reported() -> None:
    # In the shape of temporal.api.version.v1.VersionInfo: no server here calls home.
    advice = {"recommended": {"version": "1.32.2"}, "alerts": [{"message": "one"}, {"message": "two\n"}]}
    with Pages(answer(CLUSTER_INFO | {"versionInfo": advice})) as server:
        probe = opened(server)
        found = facts(probe)
        probe.close()
    assert (found.details["recommended_version"], found.details["alerts"]) == ("1.32.2", "one; two")


@pytest.mark.parametrize("advice", [[], 3, {"recommended": "x"}, {"alerts": {"a": 1}}, {"alerts": [1]}])
def test_advice_of_an_unexpected_shape_is_left_out_alone(advice: object) -> None:
    with Pages(answer(CLUSTER_INFO | {"versionInfo": advice})) as server:
        probe = opened(server)
        found = facts(probe)
        probe.close()
    assert "recommended_version" not in found.details
    assert found.nodes == (Node("1.31.2", service="frontend"),)


def test_a_server_that_has_no_store_leaves_the_plugins_open() -> None:
    with Pages(answer({"serverVersion": "1.24.2"})) as server:
        probe = opened(server)
        found = facts(probe)
        probe.close()
    assert (found.plugins, found.details) == ({}, {})


@law(
    [
        (Answer(b"", 403), Reason.PERMISSION_DENIED),
        (Answer(b"", 401), Reason.AUTHENTICATION_FAILED),
        (Answer(b"", 404), Reason.NOT_IMPLEMENTED),
        (Answer(b"", 503), Reason.STORE_UNAVAILABLE),
        (Answer(b"{"), Reason.BAD_ANSWER),
        (answer({}), Reason.BAD_ANSWER),
        (answer([]), Reason.BAD_ANSWER),
        (answer({"serverVersion": {}}), Reason.BAD_ANSWER),
        (Answer(b"[" * 100_000), Reason.BAD_ANSWER),
        (Answer(b" " * 1_000_001), Reason.ANSWER_TOO_LARGE),
    ],
)
def test_system_info_is_used_if_cluster_info_is_not_reported(cluster: Answer, gap: Reason) -> None:
    with Pages(by_path(cluster, answer(SYSTEM_INFO))) as server:
        probe = opened(server)
        found = facts(probe)
        probe.close()
    assert found.nodes == (Node("1.31.2", service="frontend"),)
    assert [problem.reason for problem in found.gaps] == [gap]


@law(
    [
        (b"{", "the answer is not valid JSON"),
        (b"[]", "the answer is not a JSON object"),
        (b"null", "the answer is not a JSON object"),
        (b"\xff\xfe", "the answer is not valid JSON"),
        (b"{}", "the answer contains no server version"),
        (b'{"serverVersion": ""}', "the answer contains no server version"),
        (b'{"serverVersion": null}', "serverVersion is not a string"),
        (b'{"serverVersion": ["1.31.2"]}', "serverVersion is not a string"),
        (b'{"serverVersion": ' + b"1" * 5000 + b"}", "the answer is not valid JSON"),
    ],
)
def test_invalid_json_or_json_without_the_version_is_a_bad_answer(body: bytes, text: str) -> None:
    with Pages(Answer(body)) as server:
        probe = opened(server)
        found = failure(probe)
        probe.close()
    assert found.reason is Reason.BAD_ANSWER
    assert found.text.startswith(text)


def test_what_no_encoding_can_write_is_replaced() -> None:
    with Pages(Answer(b'{"serverVersion": "1.31.2\\ud800"}')) as server:
        probe = opened(server)
        assert facts(probe).nodes[0].version == "1.31.2?"
        probe.close()


def test_what_was_refused_first_is_reported_where_the_second_question_is_unknown() -> None:
    with Pages(by_path(Answer(b"", 503), Answer(b"", 404))) as server:
        probe = opened(server)
        assert failure(probe).reason is Reason.STORE_UNAVAILABLE
        probe.close()


# Tokens


def authorizer(request: Request) -> Answer:
    """As Temporal's own: system-info needs no token, yet a bad one is refused everywhere."""
    token = request.headers.get("authorization")
    if token not in (None, "Bearer right") or (token is None and request.path == CLUSTER):
        return Answer(b"", 403)
    return answer(CLUSTER_INFO if request.path == CLUSTER else SYSTEM_INFO)


def gaps_with(token: Path) -> list[Reason]:
    with Pages(authorizer) as server:
        probe = opened(server, token_file=str(token))
        found = facts(probe)
        probe.close()
    assert found.nodes[0].version == "1.31.2"
    assert bool(found.plugins) is not bool(found.gaps)
    return [gap.reason for gap in found.gaps]


def test_the_right_token_reports_all(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("right\n")
    assert gaps_with(token) == []


def test_a_bad_token_hides_nothing_that_no_token_would_have_shown(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("bad")
    assert gaps_with(token) == [Reason.PERMISSION_DENIED] * 3


def test_a_missing_token_hides_nothing_that_no_token_would_have_shown(tmp_path: Path) -> None:
    assert gaps_with(tmp_path / "none") == [Reason.SECRET_UNREADABLE, Reason.PERMISSION_DENIED]


@pytest.mark.parametrize("token", ["hunter2\nX-Evil: 1", "hunter2 é", "hunter2\t", "hunter2\r"])
def test_a_token_that_no_header_may_hold_is_neither_sent_nor_quoted(tmp_path: Path, token: str) -> None:
    path = tmp_path / "token"
    path.write_bytes(f"{token}x".encode())
    with Pages(authorizer) as server:
        probe = opened(server, token_file=str(path))
        found = facts(probe)
        probe.close()
        sent = repr(server.seen)
    assert [gap.reason for gap in found.gaps] == [Reason.SECRET_UNREADABLE, Reason.PERMISSION_DENIED]
    assert "hunter2" not in repr(found) + sent


def test_a_token_that_can_not_be_read_is_the_reason_where_all_is_refused(tmp_path: Path) -> None:
    with Pages(Answer(b"", 403)) as server:
        probe = opened(server, token_file=str(tmp_path / "none"))
        assert failure(probe).reason is Reason.SECRET_UNREADABLE
        probe.close()


def test_a_token_is_read_again_for_every_read(tmp_path: Path) -> None:
    token = tmp_path / "token"
    with Pages(authorizer) as server:
        probe = opened(server, token_file=str(token))
        for word in ("bad", "right"):
            token.write_text(word)
            found = facts(probe)
        probe.close()
    assert found.gaps == ()


def test_no_failure_quotes_the_token(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("hunter2")
    for status in (401, 403, 500):
        with Pages(Answer(b"go away", status)) as server:
            probe = opened(server, token_file=str(token))
            assert "hunter2" not in repr(failure(probe))
            probe.close()


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(CLUSTER_INFO)), inner),
    max_leaves=8,
)


@settings(deadline=None, max_examples=80)
@given(value=_JSON)
def test_any_json_gives_facts_or_a_probe_error(value: object) -> None:
    with Pages(answer(value)) as server:
        probe = opened(server)
        try:
            assert probe.read(2.0).nodes[0].version
        except ProbeError as error:
            assert error.failure.reason is Reason.BAD_ANSWER  # noqa: PT017 - either is right
        finally:
            probe.close()


@law(
    [
        (answer(CLUSTER_INFO), {}, {"authorizer": "off"}),
        (Answer(b"{}", 403), {}, {"authorizer": "on"}),
        (Answer(b"{}", 401), {}, {"authorizer": "on"}),
        (Answer(b"{}", 404), {}, {}),
        (answer(CLUSTER_INFO), {"token": "${TEMPORAL_TOKEN}"}, {}),
    ]
)
def test_what_a_caller_without_a_token_gets_shows_whether_there_is_an_authorizer(
    cluster: Answer, settings: dict[str, Any], shown: dict[str, str]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEMPORAL_TOKEN", "secret")
        with Pages(by_path(cluster, answer(SYSTEM_INFO))) as server:
            probe = opened(server, **settings)
            assert facts(probe).settings == shown
            probe.close()
