"""The API's description and its answers: each holds the other, on made-up states and on the running demo."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import requests

from agent.model.reasons import REASONS
from agent.model.vocabulary import Reason
from agent.web.app import make_app
from agent.web.openapi import openapi_document
from tests.laws import law
from tests.web.samples import FakeSource, ask, behind, silent
from tests.web.serving import demo_agent

DOCUMENT = openapi_document("1.2.3", "")
PATHS = [
    "/api/v1/clusters",
    "/api/v1/clusters/{name}",
    "/api/v1/clusters/{name}/plan",
    "/api/v1/matrix",
    "/api/v1/openapi.json",
]

#: All checks but one (a release that the matrix lacks is refused, which no schema can tell beforehand), and
#: the same requests every time.
_SCHEMATHESIS = (
    *("--checks", "all", "--exclude-checks", "positive_data_acceptance"),
    *("--max-examples", "20", "--seed", "1", "--no-color"),
)


def strict(schema: Any) -> Any:
    """The same without room for a key that is not told."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: strict(value) for key, value in schema.items()}
    if "properties" in schema and isinstance(schema.get("required"), list):
        closed["additionalProperties"] = False
    return closed


def complaints(path: str, status: int, answer: Any) -> list[str]:
    """What of an answer is not as the document tells it, keys that it does not tell included."""
    response = DOCUMENT["paths"][path]["get"]["responses"][str(status)]
    schema = response["content"]["application/json"]["schema"]
    whole = strict({**schema, "components": DOCUMENT["components"]})
    return [f"{error.instance_path}: {error.message}" for error in jsonschema_rs.iter_errors(whole, answer)]


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    with demo_agent() as address:
        yield address


def get(address: str) -> tuple[int, Any]:
    with requests.get(address, timeout=10) as reply:
        return reply.status_code, reply.json()


def test_the_document_is_served_and_names_every_path_of_the_api() -> None:
    reply = ask(make_app(FakeSource(), external_url="http://host/compat"), "/api/v1/openapi.json")
    served = json.loads(reply.text)
    assert served["paths"] == DOCUMENT["paths"]
    assert served["servers"] == [{"url": "/compat"}]
    assert sorted(DOCUMENT["paths"]) == PATHS


def test_every_reason_is_listed_with_its_title() -> None:
    reason = DOCUMENT["components"]["schemas"]["ReasonName"]
    assert reason["enum"] == list(Reason)
    for info in REASONS.values():
        assert f"- `{info.code}`: {info.title}\n" in f"{reason['description']}\n"


def test_every_schema_is_used() -> None:
    text = json.dumps(DOCUMENT)
    for name in DOCUMENT["components"]["schemas"]:
        assert f'"#/components/schemas/{name}"' in text


@law(
    [
        ("/api/v1/clusters", "", 200),
        ("/api/v1/clusters/{name}", "orders-live", 200),
        ("/api/v1/clusters/{name}", "payments-live", 200),
        ("/api/v1/clusters/{name}", "nobody", 404),
        ("/api/v1/clusters/{name}/plan", "orders-live/plan?to=1.31.2", 200),
        ("/api/v1/clusters/{name}/plan", "orders-live/plan?to=9", 400),
        ("/api/v1/clusters/{name}/plan", "orders-live/plan", 400),
        ("/api/v1/clusters/{name}/plan", "nobody/plan?to=1.31.2", 404),
    ],
)
def test_made_up_states_are_answered_as_described_key_by_key(path: str, asked: str, status: int) -> None:
    address = path.partition("{")[0] + asked
    reply = ask(make_app(FakeSource((behind(), silent()))), address)
    assert reply.status == status
    assert complaints(path, status, json.loads(reply.text)) == []


def test_every_path_describes_how_a_request_is_refused() -> None:
    refused = {str(status): {"$ref": f"#/components/responses/{status}"} for status in (401, 429, 503)}
    assert DOCUMENT["components"]["responses"].keys() == refused.keys()
    for path in PATHS:
        responses = DOCUMENT["paths"][path]["get"]["responses"]
        assert refused.items() <= responses.items()


def test_an_answer_with_a_key_that_is_not_reported_is_noticed() -> None:
    cluster = json.loads(ask(make_app(FakeSource((behind(),))), "/api/v1/clusters/orders-live").text)
    assert complaints("/api/v1/clusters/{name}", 200, {**cluster, "new": 1})
    cluster["probes"][0]["facts"].pop("nodes")
    assert complaints("/api/v1/clusters/{name}", 200, cluster)


def test_the_demo_is_answered_as_described_key_by_key(demo: str) -> None:
    status, answer = get(f"{demo}/api/v1/clusters")
    assert complaints("/api/v1/clusters", status, answer) == []
    assert len(answer["clusters"]) == 9
    for cluster in answer["clusters"]:
        address = f"{demo}/api/v1/clusters/{cluster['temporal_cluster']}"
        status, told = get(address)
        assert complaints("/api/v1/clusters/{name}", status, told) == []
        status, told = get(f"{address}/plan?to=1.32.2")
        assert complaints("/api/v1/clusters/{name}/plan", status, told) == []
    status, answer = get(f"{demo}/api/v1/matrix")
    assert complaints("/api/v1/matrix", status, answer) == []


def test_schemathesis_finds_no_answer_that_is_not_reported(demo: str, tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("schemathesis")
    done = subprocess.run(
        [program, "run", f"{demo}/api/v1/openapi.json", *_SCHEMATHESIS],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-5000:]
    assert "Tested: 4" in done.stdout
    # By the links of the document it also reaches clusters that are there.
    assert "2 covered / 2 selected" in done.stdout
