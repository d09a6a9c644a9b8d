"""The pages: what each path answers, for whom, and that nothing from outside becomes markup."""

from __future__ import annotations

import gzip
import json
import re
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from prometheus_client import ProcessCollector

from agent.metrics.exposition import OPENMETRICS, PLAIN
from agent.model.vocabulary import Verdict
from agent.reports.document import as_object
from agent.reports.matrix_document import list_document
from agent.reports.plan_document import plan_document
from agent.snapshot import Snapshot
from agent.web.app import make_app
from tests.building import FROZEN
from tests.fleets import eventually
from tests.laws import law
from tests.web.samples import PLAN, FakeSource, Reply, ask, behind, silent
from tests.web.serving import served
from tests.web.web_files import with_tls

GOLDEN = Path(__file__).parent / "golden"
NO_SUCH_CLUSTER = "there is no cluster named 'nobody'; /api/v1/clusters lists all"
METRICS = Path(__file__).parents[1] / "metrics" / "golden"
SHOWN = (behind(), silent())


def get(path: str, source: FakeSource | None = None, **headers: str) -> Reply:
    return ask(make_app(source or FakeSource(SHOWN)), path, headers=headers)


# Metrics


def test_metrics_say_whether_the_agent_is_scraped_with_tls(tmp_path: Path) -> None:
    web_file, _client = with_tls(tmp_path)
    text = ask(make_app(FakeSource(), web_file=web_file), "/metrics").text
    assert 'temporal_compat_web_info{external_url="",scheme="https"} 1.0' in text


def test_metrics_are_the_golden_text_in_the_format_that_is_accepted() -> None:
    plain = get("/metrics")
    assert (plain.status, plain.headers["content-type"]) == (200, PLAIN.content_type)
    assert plain.text == (METRICS / "plain.txt").read_text()
    openmetrics = get("/metrics", accept="application/openmetrics-text; version=1.0.0")
    assert (openmetrics.status, openmetrics.headers["content-type"]) == (200, OPENMETRICS.content_type)
    assert openmetrics.text == (METRICS / "openmetrics.txt").read_text()


def test_a_large_answer_is_compressed_for_those_who_can_read_it() -> None:
    packed = ask(make_app(FakeSource(SHOWN)), "/metrics", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body).decode() == get("/metrics").text
    assert len(packed.body) < len(get("/metrics").body) / 2


def test_without_clusters_metrics_have_the_agents_own_series_alone() -> None:
    text = get("/metrics", FakeSource()).text
    assert "temporal_compat_clusters 2.0" in text
    assert "temporal_cluster=" not in text


def test_the_metrics_of_the_process_follow_where_they_are_wanted() -> None:
    app = make_app(FakeSource(SHOWN), process=ProcessCollector(registry=None))
    for form in (PLAIN, OPENMETRICS):
        text = ask(app, "/metrics", headers={"Accept": form.content_type}).text
        for name in ("process_open_fds", "process_max_fds", "process_resident_memory_bytes"):
            assert float(re.findall(rf"^{name} (\S+)$", text, re.MULTILINE)[0]) > 0
        assert text.count("# EOF") == (form is OPENMETRICS)
    assert "process_" not in get("/metrics").text


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


def test_a_probe_is_openmetrics_when_requested() -> None:
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
    assert "there is no cluster named" in reply.text


@law(
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
def test_a_reload_is_requested_by_post(method: str, status: int) -> None:
    source = FakeSource()
    assert ask(make_app(source, enable_lifecycle=True), "/-/reload", method).status == status
    assert source.reloads == int(status == 200)


def test_a_reload_that_fails_says_why() -> None:
    source = FakeSource(problems=("agent.yaml:3: interval: is missing", "agent.yaml:7: x: unknown key"))
    reply = ask(make_app(source, enable_lifecycle=True), "/-/reload", "POST")
    assert (reply.status, reply.text) == (500, "".join(f"{problem}\n" for problem in source.problems))


# The API


def test_the_api_returns_all_of_every_cluster_exactly_so() -> None:
    reply = get("/api/v1/clusters")
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    assert reply.text == (GOLDEN / "clusters.json").read_text()


def test_the_api_returns_the_same_of_one_cluster() -> None:
    every = json.loads(get("/api/v1/clusters").text)["clusters"]
    assert [json.loads(get(f"/api/v1/clusters/{each['temporal_cluster']}").text) for each in every] == every


def test_a_cluster_that_does_not_exist_is_not_found() -> None:
    reply = get("/api/v1/clusters/nobody")
    assert reply.status == 404
    assert json.loads(reply.text) == {
        "error": "there is no cluster named 'nobody'; /api/v1/clusters lists all"
    }


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


@pytest.mark.parametrize(
    "path", ["/", "/clusters/nobody", "/static/page.js", "/metrics", "/api/v1/clusters", "/nothing"]
)
def test_every_answer_forbids_what_is_not_its_own_frames_and_guessing(path: str) -> None:
    headers = get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy.pop("default-src") == policy.pop("base-uri") == policy.pop("frame-ancestors") == "'none'"
    assert set(policy) == {"style-src", "script-src", "img-src", "connect-src", "form-action"}
    assert set(policy.values()) == {"'self'"}
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_the_style_knows_every_verdict() -> None:
    style = get("/static/style.css")
    assert style.headers["content-type"].startswith("text/css")
    assert all(f".{verdict}" in style.text for verdict in Verdict)


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/api/v1",
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/",
        "/../app.py",
        "/metrics/",
    ],
)
def test_other_paths_are_not_found(path: str) -> None:
    assert get(path).status in (404, 307)


@law(["/", "/clusters/x", "/metrics", "/probe", "/sd", "/api/v1/clusters", "/-/healthy", "/-/ready"])
def test_pages_are_read_and_never_written(path: str) -> None:
    assert ask(make_app(FakeSource()), path, "POST").status == 405


# Over a real connection


class Stuck(FakeSource):
    """Its targets hang."""

    def __init__(self) -> None:
        super().__init__(SHOWN)
        self.let_go = threading.Event()
        self.waiting = 0
        self._lock = threading.Lock()

    def probe(self, name: str, timeout: float | None) -> Snapshot | None:
        with self._lock:
            self.waiting += 1
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
        assert eventually(lambda: source.waiting == len(probes))
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


def test_a_plan_is_reported_as_the_command_line_prints_it() -> None:
    reply = get("/api/v1/clusters/orders-live/plan?to=1.31.2")
    assert (reply.status, json.loads(reply.text)) == (200, as_object(plan_document(PLAN)))


@pytest.mark.parametrize(
    ("path", "status", "error"),
    [
        (
            "/api/v1/clusters/orders-live/plan",
            400,
            "the parameter `to` is missing; name the target release: ?to=1.31.2",
        ),
        ("/api/v1/clusters/orders-live/plan?to=9", 400, "the matrix has no release '9'"),
        (
            "/api/v1/clusters/nobody/plan?to=1.31.2",
            404,
            "there is no cluster named 'nobody'; /api/v1/clusters lists all",
        ),
    ],
)
def test_a_missing_plan_has_a_reason(path: str, status: int, error: str) -> None:
    reply = get(path)
    assert (reply.status, json.loads(reply.text)) == (status, {"error": error})


def test_the_matrix_in_use_is_reported() -> None:
    reply = get("/api/v1/matrix")
    assert (reply.status, json.loads(reply.text)) == (
        200,
        as_object(list_document(FROZEN)),
    )


@law(
    [
        "/",
        "/clusters/orders-live",
        "/runbooks/TemporalUnsupported",
        "/reasons/schema_behind",
        "/api/v1/clusters",
        "/api/v1/clusters/orders-live",
        "/api/v1/matrix",
        "/sd",
    ]
)
def test_a_client_that_has_the_content_gets_no_body(path: str) -> None:
    source = FakeSource(SHOWN)
    app = make_app(source)
    tag = ask(app, path, headers={"Host": "agent:1"}).headers["etag"]
    for known in (tag, f'"other", {tag}', "*"):
        reply = ask(app, path, headers={"Host": "agent:1", "If-None-Match": known})
        assert (reply.status, reply.body, reply.headers["etag"]) == (304, b"", tag)
    assert ask(app, path, headers={"Host": "agent:1", "If-None-Match": '"other"'}).status == 200


def test_a_cluster_is_rendered_again_only_when_it_has_changed() -> None:
    source = FakeSource(SHOWN)
    app = make_app(source)
    tag = ask(app, "/clusters/orders-live").headers["etag"]
    source.now = replace(source.now, rounds=99, last_round=1_790_009_999.0)
    assert ask(app, "/clusters/orders-live").headers["etag"] == tag
    assert "etag" not in ask(app, "/metrics").headers


@law([("/no/such/page", "../../"), ("/nothing", "./"), ("/static/nothing.css", "../"), ("/clusters/", "../")])
def test_a_path_that_does_not_exist_is_a_page_for_browsers(path: str, home: str) -> None:
    reply = get(path, accept="text/html,*/*;q=0.8")
    assert (reply.status, reply.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert f'href="{home}"' in reply.text
    assert f"There is no page named <bdi>{path}</bdi>" in reply.text
    assert get(path, accept="*/*").headers["content-type"] == "text/plain; charset=utf-8"
    assert json.loads(get(f"/api{path}", accept="text/html").text) == {"error": "Not Found"}
