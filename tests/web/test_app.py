"""The pages: what each path answers, for whom, and that nothing from outside becomes markup."""

from __future__ import annotations

import gzip
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
import requests
import uvicorn

from agent.plan_report import document
from agent.serve import listen
from agent.snapshot import Snapshot
from agent.verdict import ServerState, StartAnswer
from agent.vocabulary import Verdict
from agent.web.app import make_app
from agent.web.exposition import OPENMETRICS, PLAIN
from tests.web.samples import PLAN, STATE, FakeSource, Reply, ask, behind, silent, subject

GOLDEN = Path(__file__).parent / "golden"
SHOWN = (behind(), silent())


def get(path: str, source: FakeSource | None = None, **headers: str) -> Reply:
    return ask(make_app(source or FakeSource(SHOWN)), path, headers=headers)


# Metrics


def test_metrics_are_the_golden_text_in_the_format_that_is_accepted() -> None:
    plain = get("/metrics")
    assert (plain.status, plain.headers["content-type"]) == (200, PLAIN.content_type)
    assert plain.text == (GOLDEN / "plain.txt").read_text()
    openmetrics = get("/metrics", accept="application/openmetrics-text; version=1.0.0")
    assert (openmetrics.status, openmetrics.headers["content-type"]) == (200, OPENMETRICS.content_type)
    assert openmetrics.text == (GOLDEN / "openmetrics.txt").read_text()


def test_a_large_answer_is_compressed_for_those_who_can_read_it() -> None:
    packed = ask(make_app(FakeSource(SHOWN)), "/metrics", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body).decode() == get("/metrics").text
    assert len(packed.body) < 5000


def test_without_clusters_metrics_have_the_agents_own_series_alone() -> None:
    text = get("/metrics", FakeSource()).text
    assert "temporal_compat_clusters 2.0" in text
    assert "temporal_cluster=" not in text


# Probes on demand


def test_a_probe_answers_with_this_clusters_gauges() -> None:
    source = FakeSource(SHOWN)
    reply = get("/probe?cluster=orders-live", source)
    assert (reply.status, reply.headers["content-type"]) == (200, PLAIN.content_type)
    assert 'temporal_cluster="orders-live"' in reply.text
    assert "payments-live" not in reply.text
    assert "_total" not in reply.text
    assert "build_info" not in reply.text
    assert source.probed == [("orders-live", None)]


def test_a_probe_is_openmetrics_when_asked_for() -> None:
    reply = get("/probe?cluster=orders-live", accept="application/openmetrics-text; version=1.0.0")
    assert reply.headers["content-type"] == OPENMETRICS.content_type
    assert reply.text.endswith("# EOF\n")


def test_a_probe_that_finds_its_targets_down_is_an_answer_all_the_same() -> None:
    reply = get("/probe?cluster=orders-live")
    assert reply.status == 200
    assert re.search(r'probe_up\{.*name="history-0".*\} 0\.0', reply.text)


@pytest.mark.parametrize(
    "query", ["?cluster=nobody", "?cluster=", "", "?target=orders-live", "?cluster=<b>%ff"]
)
def test_a_probe_of_a_cluster_that_is_not_configured_is_refused(query: str) -> None:
    reply = get(f"/probe{query}")
    assert reply.status == 400
    assert reply.headers["content-type"].startswith("text/plain")
    assert "no cluster is configured under the name" in reply.text


@pytest.mark.parametrize(
    ("announced", "timeout"),
    [
        ("10", 9.5),
        ("10.25", 9.75),
        ("1", 0.5),
        ("0.5", 0.25),
        ("0", None),
        ("-3", None),
        ("nan", None),
        ("inf", None),
        ("1e999", None),
        ("soon", None),
        ("", None),
    ],
)
def test_a_probe_keeps_within_the_scrapers_announced_timeout(announced: str, timeout: float | None) -> None:
    source = FakeSource(SHOWN)
    headers = {"X-Prometheus-Scrape-Timeout-Seconds": announced}
    assert ask(make_app(source), "/probe?cluster=orders-live", headers=headers).status == 200
    assert source.probed == [("orders-live", timeout)]


# Health and reload


def test_the_process_is_healthy_whatever_its_targets_do() -> None:
    assert get("/-/healthy", FakeSource(ready=False)).status == 200


def test_the_agent_is_ready_once_its_source_is() -> None:
    source = FakeSource(ready=False)
    app = make_app(source)
    assert ask(app, "/-/ready").status == 503
    source.ready = True
    assert ask(app, "/-/ready").status == 200


def test_there_is_no_reload_unless_it_is_enabled() -> None:
    source = FakeSource()
    assert ask(make_app(source), "/-/reload", "POST").status == 404
    assert source.reloads == 0


@pytest.mark.parametrize(("method", "status"), [("POST", 200), ("PUT", 200), ("GET", 405)])
def test_a_reload_is_asked_for_by_post(method: str, status: int) -> None:
    source = FakeSource()
    assert ask(make_app(source, enable_lifecycle=True), "/-/reload", method).status == status
    assert source.reloads == int(status == 200)


def test_a_reload_that_fails_says_why() -> None:
    source = FakeSource(problems=("agent.yaml:3: interval: is missing", "agent.yaml:7: x: unknown key"))
    reply = ask(make_app(source, enable_lifecycle=True), "/-/reload", "POST")
    assert (reply.status, reply.text) == (500, "".join(f"{problem}\n" for problem in source.problems))


# The API


def test_the_api_tells_all_of_every_cluster_exactly_so() -> None:
    reply = get("/api/v1/clusters")
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    assert reply.text == (GOLDEN / "clusters.json").read_text()


def test_the_api_tells_the_same_of_one_cluster() -> None:
    every = json.loads(get("/api/v1/clusters").text)["clusters"]
    assert [json.loads(get(f"/api/v1/clusters/{each['temporal_cluster']}").text) for each in every] == every


def test_a_cluster_that_does_not_exist_is_not_found() -> None:
    reply = get("/api/v1/clusters/nobody")
    assert reply.status == 404
    assert json.loads(reply.text) == {"error": "no cluster has the name 'nobody'"}


def test_the_api_without_clusters_is_an_empty_list() -> None:
    assert json.loads(get("/api/v1/clusters", FakeSource()).text) == {"clusters": []}


def test_the_keys_that_others_rely_on_are_there() -> None:
    for cluster in json.loads(get("/api/v1/clusters").text)["clusters"]:
        assert {"temporal_cluster", "verdict", "would_start", "checks"} <= cluster.keys()
        for check in cluster["checks"]:
            assert {
                "role",
                "check",
                "component",
                "verdict",
                "reason",
                "message",
                "source",
                "waived",
            } <= check.keys()


# The page


class Tags(HTMLParser):
    """The elements of a page, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def page(*shown: Snapshot, **state: object) -> Tags:
    reply = get("/", FakeSource(shown, now=replace(STATE, **state)))  # type: ignore[arg-type]
    assert reply.status == 200
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    return Tags(reply.text)


def test_the_page_shows_every_cluster_with_its_verdict_and_findings() -> None:
    shown = page(*SHOWN)
    assert all(name in shown.text for name in ("orders-live", "payments-live", "schema_behind", "1.30.6"))
    assert "Temporal 1.31.2 needs schema 1.19, found 1.18" in shown.text
    classes = [attributes["class"] for attributes in shown.named("span")]
    assert {"verdict unsupported", "verdict unknown", "verdict supported"} <= set(classes)


@pytest.mark.parametrize(("answer", "word"), [(True, "yes"), (False, "no"), (None, "not known")])
def test_the_page_says_whether_the_server_would_start(answer: bool | None, word: str) -> None:
    base = silent()
    judgement = replace(base.judgement, start=StartAnswer(answer, "because of that"))
    assert re.search(rf"\b{word}\s*because of that", page(replace(base, judgement=judgement)).text)


def test_the_page_says_when_the_server_is_as_it_was_last_seen() -> None:
    base = silent()
    server = ServerState("1.31.2", "1.31.2", None, 0, 0, stale=True)
    assert (
        "1.31.2 (when last seen)"
        in page(replace(base, judgement=replace(base.judgement, server=server))).text
    )


def test_the_page_tells_of_a_failed_probe_whose_last_answer_still_counts() -> None:
    base = behind()
    told = "server metrics history-0: the last probe failed, and the answer before it still counts"
    assert f"{told}: no answer within 2 seconds" in page(base).text
    aged = replace(base, judgement=replace(base.judgement, fresh=frozenset()))
    assert told not in page(aged).text


def test_the_page_has_the_worst_findings_first() -> None:
    # Among the results the schema, which is unsupported, comes last.
    text = page(behind()).text
    assert text.index("schema_behind") < text.index("mixed_versions") < text.index("plugin_mismatch")


def test_the_page_without_clusters_says_so() -> None:
    shown = page()
    assert "No cluster is watched here" in shown.text
    assert not shown.named("table")


def test_the_page_tells_why_the_configuration_was_not_reloaded() -> None:
    assert "agent.yaml:3: interval" in page(config_problems=("agent.yaml:3: interval: is missing",)).text
    assert "could not be reloaded" not in page().text


def test_the_page_shows_its_notice() -> None:
    reply = ask(make_app(FakeSource(), notice="Only a <demo>"), "/")
    assert "Only a <demo>" in Tags(reply.text).text


HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&{{ 7 * 7 }}"


def test_nothing_from_outside_becomes_markup() -> None:
    base = behind()
    results = tuple(replace(result, message=HOSTILE) for result in base.judgement.results)
    judgement = replace(
        base.judgement,
        results=results,
        start=StartAnswer(False, HOSTILE),
        server=ServerState(HOSTILE, "", None, 0, 0, stale=False),
    )
    hostile = replace(base, subject=subject(HOSTILE, HOSTILE, HOSTILE), judgement=judgement)
    calm = page(base, config_problems=("x",))
    shown = page(hostile, config_problems=(HOSTILE,))
    assert [tag for tag, _ in shown.found] == [tag for tag, _ in calm.found]
    assert [sorted(attributes) for _, attributes in shown.found] == [
        sorted(attributes) for _, attributes in calm.found
    ]
    assert shown.text.count(HOSTILE) >= 6
    assert "49" not in shown.text.replace(HOSTILE, "")


def test_the_page_loads_nothing_from_elsewhere_and_runs_nothing() -> None:
    shown = page(*SHOWN)
    links = [
        attributes.get(key) or ""
        for _, attributes in shown.found
        for key in ("href", "src")
        if key in attributes
    ]
    assert links
    # Relative, so that the page also works behind a proxy under another path.
    assert all(re.match(r"[\w.-]+(/|$)", link) and ":" not in link for link in links)
    assert not shown.named("script")
    assert not [
        attributes for _, attributes in shown.found if any(key.startswith("on") for key in attributes)
    ]
    assert not [attributes for _, attributes in shown.found if "style" in attributes]


def test_every_link_of_the_page_leads_somewhere() -> None:
    app = make_app(FakeSource(SHOWN))
    links = {attributes["href"] for attributes in page(*SHOWN).named("a") + page(*SHOWN).named("link")}
    assert "metrics" in links
    assert all(ask(app, f"/{link}").status == 200 for link in links)


@pytest.mark.parametrize("path", ["/", "/style.css"])
def test_pages_forbid_scripts_frames_and_guessing(path: str) -> None:
    headers = get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["style-src"] == "'self'"
    assert "script-src" not in policy
    assert policy["frame-ancestors"] == "'none'"
    assert policy["base-uri"] == policy["form-action"] == "'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_the_style_knows_every_verdict() -> None:
    style = get("/style.css")
    assert style.headers["content-type"].startswith("text/css")
    assert all(f".{verdict}" in style.text for verdict in Verdict)


@pytest.mark.parametrize("path", ["/nothing", "/api/v1", "/templates/index.html", "/../app.py", "/metrics/"])
def test_other_paths_are_not_found(path: str) -> None:
    assert get(path).status in (404, 307)


@pytest.mark.parametrize("path", ["/", "/metrics", "/probe", "/api/v1/clusters", "/-/healthy", "/-/ready"])
def test_pages_are_read_and_never_written(path: str) -> None:
    assert ask(make_app(FakeSource()), path, "POST").status == 405


# Over a real connection


@contextmanager
def served(source: FakeSource) -> Iterator[str]:
    sock = listen("127.0.0.1:0")
    config = uvicorn.Config(make_app(source), log_config=None, access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([sock],), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{sock.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(5)
        sock.close()


class Stuck(FakeSource):
    """Its targets hang."""

    def __init__(self) -> None:
        super().__init__(SHOWN)
        self.let_go = threading.Event()

    def probe(self, name: str, timeout: float | None) -> Snapshot | None:
        self.let_go.wait(10)
        return super().probe(name, timeout)


def test_pages_and_metrics_never_wait_for_probes_that_hang() -> None:
    source = Stuck()
    with served(source) as address:
        probes = [
            threading.Thread(
                target=requests.get, args=(f"{address}/probe?cluster=orders-live",), kwargs={"timeout": 10}
            )
            for _ in range(60)
        ]
        for probe in probes:
            probe.start()
        time.sleep(0.3)
        began = time.monotonic()
        for path in ("/metrics", "/-/healthy", "/", "/api/v1/clusters"):
            with requests.get(f"{address}{path}", timeout=5) as reply:
                assert reply.status_code == 200
        took = time.monotonic() - began
        source.let_go.set()
        for probe in probes:
            probe.join(10)
    assert took < 2
    assert len(source.probed) == 60


def test_a_plan_is_told_as_the_command_line_tells_it() -> None:
    reply = get("/api/v1/clusters/orders-live/plan?to=1.31.2")
    assert (reply.status, json.loads(reply.text)) == (200, document(PLAN))


@pytest.mark.parametrize(
    ("path", "status", "error"),
    [
        ("/api/v1/clusters/orders-live/plan", 400, "name the release to get to: ?to=1.31.2"),
        ("/api/v1/clusters/orders-live/plan?to=9", 400, "the matrix has no release '9'"),
        ("/api/v1/clusters/nobody/plan?to=1.31.2", 404, "no cluster has the name 'nobody'"),
    ],
)
def test_a_plan_that_there_is_none_of_says_why(path: str, status: int, error: str) -> None:
    reply = get(path)
    assert (reply.status, json.loads(reply.text)) == (status, {"error": error})


def test_the_matrix_in_use_is_told() -> None:
    reply = get("/api/v1/matrix")
    assert (reply.status, json.loads(reply.text)) == (200, {"matrix": "0123456789ab", "releases": []})
