"""The pages: what they say of each state, and that nothing from outside becomes markup."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from datetime import date
from itertools import product
from urllib.parse import quote, urljoin, urlsplit

import pytest
from packaging.specifiers import SpecifierSet

from agent.matrix import Advisory
from agent.model.observation import Facts, Failure, Node, RemoteCluster
from agent.model.vocabulary import Level, Reason, Role, Verdict
from agent.snapshot import Since, Snapshot, take
from agent.upgrade import Outlook
from agent.verdict import (
    AdvisoryWaiver,
    AdvisoryWaiverState,
    ServerState,
    StartAnswer,
    WaiverState,
    Warned,
)
from agent.web.app import make_app
from agent.web.view import WOULD_NOT_START
from tests import building
from tests.laws import law
from tests.web.samples import AT, STATE, WAIVER, FakeSource, ask, behind, silent, subject
from tests.web.tags import Tags

SHOWN = (silent(), behind())
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&{{ 7 * 7 }}\u202e\u05d0" + "x" * 300


def page(path: str, *shown: Snapshot, status: int = 200, notice: str = "", **state: object) -> Tags:
    source = FakeSource(shown, now=replace(STATE, **state))  # type: ignore[arg-type]
    reply = ask(make_app(source, notice=notice), path)
    assert reply.status == status
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    return Tags(reply.text)


def index(*shown: Snapshot, **state: object) -> Tags:
    return page("/", *shown, **state)  # type: ignore[arg-type]


def cluster(shown: Snapshot, query: str = "") -> Tags:
    return page(f"/clusters/{shown.subject.name}{query}", shown)


def judged(base: Snapshot, **changes: object) -> Snapshot:
    return replace(base, judgement=replace(base.judgement, **changes))  # type: ignore[arg-type]


# The matrix


def test_the_matrix_shows_every_cluster_with_its_verdict_and_its_worst_finding() -> None:
    shown = index(*SHOWN)
    assert all(name in shown.text for name in ("orders-live", "payments-live", "schema_behind", "1.30.6"))
    assert "Temporal 1.31.2 needs schema 1.19, found 1.18" in shown.text
    classes = [attributes.get("class") for attributes in shown.named("span")]
    assert {"verdict would_not_start", "verdict unknown", "mark supported"} <= set(classes)


def test_a_row_has_the_state_the_cause_what_to_do_and_every_part() -> None:
    labels = [cell["data-label"] for cell in index(*SHOWN).named("td")]
    assert labels == ["State", "Why", "Do now", "Parts", "Next step"] * 2
    text = re.sub(r"\s+", " ", index(replace(behind(), since=Since(AT.wall))).text)
    assert "since 2026-09-21 14:13:20 UTC" in text
    assert "persistence aurora 15.4 (Debian)" in text
    assert "1 failed probe" in text


def test_the_command_of_a_row_is_open_and_has_a_button_only_for_scripts() -> None:
    shown = index(behind(), config_file="/etc/agent's.yaml")
    words = ["plan", "--config.file", "/etc/agent's.yaml", "--cluster", "orders-live", "--to", "1.31.2"]
    assert shlex.join(["temporal-compat-agent", *words]) in shown.text
    (button,) = [each for each in shown.named("button") if each.get("class") == "copy"]
    assert "hidden" in button


@pytest.mark.parametrize(("answer", "word"), [(True, "yes"), (False, "no"), (None, "not known")])
def test_pages_say_whether_the_server_would_start(answer: bool | None, word: str) -> None:
    base = judged(silent(), start=StartAnswer(answer, "because of that"))
    assert re.search(rf"\b{word}\s*because of that", cluster(base).text)


def test_pages_say_when_the_server_is_as_it_was_last_seen() -> None:
    base = judged(silent(), server=ServerState("1.31.2", "1.31.2", None, 0, 0, stale=True))
    assert "1.31.2 (last known)" in index(base).text
    assert "1.31.2 (last known)" in cluster(base).text


def test_the_state_of_a_search_is_in_its_form() -> None:
    shown = page(f"/?q=schema&state={WOULD_NOT_START}&environment=live", *SHOWN)
    assert "1 of 2 clusters" in shown.text
    assert "payments-live" not in shown.text
    assert shown.named("input")[0]["value"] == "schema"
    assert [each["value"] for each in shown.named("option") if "selected" in each] == [
        WOULD_NOT_START,
        "live",
    ]


def test_a_search_that_finds_nothing_says_so() -> None:
    shown = page("/?q=nothing+of+that+kind", *SHOWN)
    assert "No clusters match." in shown.text
    assert not shown.named("table")


def test_without_clusters_the_page_says_so() -> None:
    shown = index()
    assert "There are no clusters" in shown.text
    assert not shown.named("table") + shown.named("form")


def test_the_page_shows_why_the_configuration_was_not_reloaded_or_the_matrix_not_had() -> None:
    shown = index(config_problems=("agent.yaml:3: interval: is missing",), matrix_problems=("404 for it",))
    assert "agent.yaml:3: interval" in shown.text
    assert "404 for it" in shown.text
    assert "could not be" not in index().text


def test_every_page_shows_the_notice() -> None:
    for path in ("/", "/clusters/orders-live"):
        assert "Only a <demo>" in page(path, behind(), notice="Only a <demo>").text


# One cluster


def test_people_read_the_title_of_a_reason_besides_its_code() -> None:
    text = cluster(behind()).text
    assert "Schema is older than the release needs schema_behind" in re.sub(r"\s+", " ", text)
    titles = {code.get("title") for code in index(behind()).named("code")}
    assert "Schema is older than the release needs" in titles


def test_a_clusters_page_has_the_worst_findings_first_and_what_is_waived_last() -> None:
    # Among the results the schema, which is unsupported, comes last.
    text = cluster(behind()).text
    assert text.index("schema_behind") < text.index("mixed_versions") < text.index("plugin_mismatch")
    waived = text[text.index("plugin_mismatch") :]
    assert "Waived until the end of 2027-03-01 (UTC): agreed with the DBAs" in waived


def test_a_clusters_page_shows_everything_with_its_source() -> None:
    advisory = Advisory(
        "CVE-2027-1",
        Level.CRITICAL,
        (SpecifierSet(),),
        {},
        {},
        broken=False,
        condition="the API is public",
        summary="It leaks data.",
        remedy="Upgrade.",
        source="https://example.org/cve",
    )
    ended = WaiverState(WAIVER, has_ended=True, matches=False)
    other = AdvisoryWaiver("CVE-2027-2", "the API is private", date(2027, 3, 1))
    warnings = (
        Warned(advisory, None),
        Warned(replace(advisory, id="CVE-2027-2"), True, other),
        Warned(replace(advisory, id="CVE-2027-3"), False),
    )
    accepted = (AdvisoryWaiverState(other, has_ended=False, matches=True),)
    shown = cluster(judged(behind(), advisories=warnings, waivers=(ended,), advisory_waivers=accepted))
    for text in (
        *(
            "CVE-2027-2 (applies: yes, waived)",
            "Waived until the end of 2027-03-01 (UTC): the API is private",
        ),
        *("CVE-2027-3 (applies: no)", "2 more that do not apply to this cluster, or are waived"),
        *(
            "CVE-2027-1 (applies: not known)",
            "Applies if: the API is public",
            "Upgrade.",
            "Source: temporal v1.31.2",
        ),
        *("1 behind", "end of life on 2027-11-11", "ended, matches no current finding"),
        *("Last polling round", "2026-09-21 14:13:20 UTC", "patch", "minor", "1 blocker"),
    ):
        assert text in re.sub(r"\s+", " ", shown.text), text
    assert "https://example.org/cve" in shown.links


def test_a_clusters_page_shows_for_each_probe_when_it_last_answered_and_whether_that_counts() -> None:
    base = behind()
    text = cluster(base).text
    assert "no answer within 2 seconds" in text
    assert "The last success was 2026-09-21 14:12:20 UTC; that answer is still used." in text
    assert "Could not read: GetClusterInfo: no" in text
    assert "that answer is too old to be used" in cluster(judged(base, fresh=frozenset())).text
    assert "not yet probed" in cluster(silent()).text


def test_a_clusters_page_shows_the_clusters_that_it_replicates_with() -> None:
    remotes = (
        RemoteCluster("east", "1.31.2", 512, 1, 10, is_connected=True),
        RemoteCluster("west", "", 0, 0, 0, is_connected=False, problem=Failure(Reason.TIMEOUT, "silence")),
    )
    base = behind()
    facts = replace(base.observations[0].facts or Facts("temporal", ()), remotes=remotes)
    shown = cluster(
        replace(base, observations=(replace(base.observations[0], facts=facts), *base.observations[1:]))
    )
    assert all(text in shown.text for text in ("east", "512", "west", "not reported", "not enabled; silence"))


def test_the_next_minors_plan_is_folded_and_one_that_is_requested_is_not() -> None:
    starts = judged(behind(), start=StartAnswer(True, ""))
    (steps,) = [each for each in cluster(starts).named("details") if each.get("id") == "steps"]
    assert "open" not in steps
    shown = cluster(behind(), "?to=1.31.2")
    (steps,) = [each for each in shown.named("details") if each.get("id") == "steps"]
    assert "open" in steps
    assert "Deploy Temporal 1.31.2." in shown.text
    assert "You can roll back to 1.30.6 until" in shown.text


@pytest.mark.parametrize(
    ("server", "said"),
    [
        (None, "Unknown until the running version is known."),
        (ServerState("1.99.0", "", None, 0, 0, stale=False), "its release is not in the matrix."),
        (ServerState("1.32.2", "1.32.2", None, 0, 0, stale=False), "There is no newer release"),
    ],
)
def test_without_a_next_release_the_page_says_why(server: ServerState | None, said: str) -> None:
    assert said in cluster(judged(silent(), server=server)).text


def test_a_missing_plan_has_a_reason() -> None:
    shown = cluster(behind(), "?to=<9>")
    assert "No plan to <9>: the matrix has no release '<9>'" in shown.text
    assert not [each for each in shown.named("details") if each.get("id") == "steps"]


def test_an_automatic_plan_that_fails_is_not_reported() -> None:
    ahead = (Outlook("minor", "9.9.9", 0, 0, 0),)
    assert "No plan to" not in cluster(replace(behind(), outlook=ahead)).text


@pytest.mark.parametrize(
    "path", ["/clusters/nobody", "/runbooks/Nothing", "/clusters/%3Cb%3E", "/reasons/nothing"]
)
def test_what_is_not_there_has_a_page_that_leads_back(path: str) -> None:
    shown = page(path, *SHOWN, status=404)
    assert "../" in shown.links
    assert not shown.named("b")


# All pages


def test_nothing_from_outside_becomes_markup() -> None:
    base = behind()
    hostile_facts = Facts(
        HOSTILE, (Node(HOSTILE, HOSTILE, HOSTILE, HOSTILE),), HOSTILE, details={HOSTILE: HOSTILE}
    )
    tame = Facts("x", (Node("x", "x", "x", "x"),), "x", details={"x": "x"})

    def with_texts(text: str, facts: Facts) -> Snapshot:
        results = tuple(replace(result, message=text, source=text) for result in base.judgement.results)
        return replace(
            base,
            subject=subject(text.replace("/", ""), text, text),
            observations=tuple(
                replace(o, facts=facts, failure=Failure(Reason.BAD_ANSWER, text)) for o in base.observations
            ),
            judgement=replace(
                base.judgement,
                results=results,
                start=StartAnswer(False, f"{text} and more"),
                server=ServerState(text, "", None, 0, 0, stale=False),
            ),
        )

    for path, least in (("/?q=", 3), ("/clusters/{}", 8), ("/clusters/{}?to={}", 8)):
        calm = page(path.format("x", "x"), with_texts("x", tame), config_problems=("x",))
        address = path.format(quote(HOSTILE.replace("/", "")), quote(HOSTILE))
        shown = page(address, with_texts(HOSTILE, hostile_facts), config_problems=(HOSTILE,))
        assert [tag for tag, _ in shown.found] == [tag for tag, _ in calm.found]
        assert [sorted(keys) for _, keys in shown.found] == [sorted(keys) for _, keys in calm.found]
        assert shown.text.count(HOSTILE) >= least
        assert "49" not in shown.text.replace(HOSTILE, "").replace("\\", "")


def test_text_from_outside_does_not_change_the_direction_of_the_text_around_it() -> None:
    base = judged(silent(), server=ServerState("1\u202e2", "", None, 0, 0, stale=False))
    assert "<bdi>1\u202e2</bdi>" in ask(make_app(FakeSource((base,))), "/clusters/payments-live").text


@pytest.mark.parametrize(
    "path",
    ["/", "/clusters/orders-live?to=1.31.2", "/runbooks/TemporalUnsupported", "/reasons/schema_behind"],
)
def test_pages_load_nothing_from_elsewhere_and_run_nothing_of_their_own(path: str) -> None:
    shown = page(path, *SHOWN)
    loaded = [each["href"] for each in shown.named("link")] + [each["src"] for each in shown.named("script")]
    # Relative, so that the page also works behind a proxy under another path.
    assert all(re.match(r"(\.\./)?static/", link or "") for link in loaded)
    assert len(loaded) == 3
    attributes = {key for _, found in shown.found for key in found}
    assert "style" not in attributes
    assert not [key for key in attributes if key.startswith("on")]


@law(
    product(
        ["/", "/clusters/orders-live?to=1.31.2", "/runbooks/TemporalUnsupported", "/reasons/schema_behind"],
        ["", "https://tools.example.org/compat", "http://host:1/a/b/"],
    )
)
def test_every_link_of_a_page_leads_somewhere_also_under_a_prefix(path: str, external: str) -> None:
    app = make_app(FakeSource(SHOWN), external_url=external)
    prefix = urlsplit(external).path.rstrip("/")
    for under in {"", prefix}:  # A proxy may take the prefix off, or leave it on.
        shown = Tags(ask(app, under + path).text)
        links = {link for link in shown.links if not link.startswith("http")}
        assert len(links) > 5
        for link in links:
            address = urljoin(prefix + path, link).partition("#")[0]
            assert address.startswith(f"{prefix}/")
            assert ask(app, address).status == 200, link
            assert ask(app, address.removeprefix(prefix)).status == 200, link
    ids = {keys["id"] for _, keys in shown.found if "id" in keys}
    assert {link[1:] for link in shown.links if link.startswith("#")} <= ids


def test_the_worst_cluster_of_a_thousand_is_the_first_and_the_page_stays_small() -> None:
    many = [replace(behind(), subject=subject(f"orders-{number:04}")) for number in range(500)]
    many += [replace(silent(), subject=subject(f"payments-{number:04}")) for number in range(499)]
    fine = judged(silent("aaa"), verdict=Verdict.SUPPORTED, start=StartAnswer(True, ""), results=())
    reply = ask(make_app(FakeSource((fine, *many))), "/", headers={"Accept-Encoding": "gzip"})
    assert len(reply.body) < 1_000_000
    rows = Tags(ask(make_app(FakeSource((fine, *many))), "/").text).named("tr")
    assert len(rows) == 1002  # two of them are heads
    assert [rows[1]["class"], rows[-1]["class"]] == ["would_not_start", "supported"]


def test_the_counts_are_of_the_search_in_every_state_and_the_title_of_all() -> None:
    for query, counts in (
        ("", "1 would not start 0 unsupported 1 unknown 0 untested 0 attention 0 supported"),
        (f"?state={WOULD_NOT_START}", "1 would not start 0 unsupported 1 unknown 0 untested"),
        ("?q=payments", "0 would not start 0 unsupported 1 unknown 0 untested"),
    ):
        text = re.sub(r"\s+", " ", page(f"/{query}", *SHOWN).text)
        assert counts in text
        assert "1 broken · Temporal clusters" in text


def test_a_day_and_a_moment_are_marked_as_such_for_programs() -> None:
    times = [each["datetime"] for each in cluster(behind()).named("time")]
    assert "2026-09-21T14:13:20.250Z" in times
    assert date(2026, 7, 1).isoformat() in times


def test_a_role_whose_worst_check_is_waived_says_so() -> None:
    base = behind()
    results = tuple(
        replace(result, waiver=WAIVER) if result.role is Role.PERSISTENCE else result
        for result in base.judgement.results
    )
    assert "waived" in index(judged(base, results=results, remarks=())).text
    assert "waived" not in index(judged(base, remarks=())).text


def test_the_reason_why_a_server_would_not_start_is_shown_once() -> None:
    base = behind()
    assert "Would not start:" not in page("/", base).text
    other = replace(base.judgement, start=StartAnswer(False, "a plugin that the release lacks"))
    assert (
        "Would not start: a plugin that the release lacks" in page("/", replace(base, judgement=other)).text
    )


def test_consequences_and_raw_texts_are_folded_under_their_cause() -> None:
    failure = Failure(Reason.UNREACHABLE, "GetSystemInfo: no connection to the target", "UNAVAILABLE: ipv4:9")
    seen = building.observation(Role.SERVER, failure=failure), *building.healthy()[1:]
    snapshot = take(building.FROZEN, building.subject(), seen, building.NOW)
    text = cluster(snapshot).text
    findings = text[text.index("Findings") : text.index("Next step")]
    assert findings.count("GetSystemInfo: no connection to the target") == 1
    assert "6 consequences" in findings
    assert "UNAVAILABLE: ipv4:9" in findings[findings.index("Details") :]
    assert "5 more" not in index(snapshot).text
