"""States that the demo has not, in a browser: hostile texts, a thousand clusters, none, changes."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic

import pytest
import requests
from playwright.sync_api import Page, expect

from agent.model.observation import Facts, Failure, Node
from agent.model.vocabulary import Reason, Verdict
from agent.snapshot import Snapshot
from agent.verdict import ServerState, StartAnswer
from tests.pages.browser import violations
from tests.pages.conftest import Open
from tests.web.samples import FakeSource, behind, silent, subject
from tests.web.serving import served

HOSTILE = [
    "<script>document.title = 'taken'</script><img src=x onerror=\"document.title='taken'\">",
    "\"quoted\" 'twice' & </td></tr></table>",
    "\u202eright to left\u202c and \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "1.31.2-" + "x" * 293,
]


def hostile(text: str, name: str) -> Snapshot:
    base = behind()
    facts = Facts("temporal", (Node(text, text, text, text),), text, details={text: text})
    return replace(
        base,
        subject=subject(name, text, text),
        observations=tuple(
            replace(o, facts=facts, failure=Failure(Reason.BAD_ANSWER, text)) for o in base.observations
        ),
        judgement=replace(
            base.judgement,
            results=tuple(replace(result, message=text, source=text) for result in base.judgement.results),
            start=StartAnswer(False, text),
            server=ServerState(text, "", None, 0, 0, stale=True),
        ),
    )


SHOWN = tuple(hostile(text, f"orders-{number}") for number, text in enumerate(HOSTILE))
NARROW = {"viewport": {"width": 320, "height": 700}}


def fits(page: Page) -> bool:
    inside: bool = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    return inside


@pytest.mark.parametrize("options", [{}, NARROW], ids=["wide", "narrow"])
def test_hostile_texts_are_shown_as_they_are_do_nothing_and_break_nothing(
    visit: Open, axe: str, options: dict[str, object]
) -> None:
    with served(FakeSource(SHOWN)) as address:
        page = visit(address, **options)
        expect(page.locator(".matrix tbody tr")).to_have_count(len(HOSTILE))
        expect(page).to_have_title("4 broken · Temporal clusters")
        assert fits(page)
        assert violations(page, axe) == []
        for number, text in enumerate(HOSTILE):
            page.goto(f"{address}/clusters/orders-{number}")
            expect(page.locator("dl")).to_contain_text(text)
            assert page.title() == f"orders-{number}: would not start"
            assert fits(page)


def test_a_change_of_direction_ends_with_the_text_that_has_it(visit: Open) -> None:
    with served(FakeSource((hostile("\u202e12", "orders-live"),))) as address:
        page = visit(f"{address}/clusters/orders-live")
        temporal = page.locator("dd", has_text="(last known)")
        box = temporal.locator("bdi").first.bounding_box()
        whole = temporal.bounding_box()
        assert box is not None
        assert whole is not None
        assert box["x"] < whole["x"] + 2  # turned itself, and what follows is still to its right
        after = temporal.evaluate(
            "dd => { const range = document.createRange();"
            " range.selectNode(dd.firstElementChild.nextSibling);"
            " return range.getBoundingClientRect().left }"
        )
        assert after > box["x"]


def many() -> tuple[Snapshot, ...]:
    worst = [replace(behind(), subject=subject(f"orders-{number:03}")) for number in range(400)]
    return (*worst, *(silent(f"payments-{number:03}") for number in range(600)))


def test_a_thousand_clusters_are_painted_within_a_second_in_less_than_a_megabyte(visit: Open) -> None:
    with served(FakeSource(many())) as address:
        with requests.get(address, stream=True, timeout=10) as reply:
            assert reply.headers["Content-Encoding"] == "gzip"
            assert len(reply.raw.read(decode_content=False)) < 1_000_000
        page = visit(address)
        expect(page.locator(".matrix tbody tr")).to_have_count(1000)
        paints = []
        # The best of some: others use the same machine.
        for _ in range(12):
            page.reload()
            page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
            paints.append(
                page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
            )
            if paints[-1] < 1000:
                break
        assert min(paints) < 1000, paints
        began = monotonic()
        page.get_by_role("searchbox").fill("payments-599")
        expect(page.locator(".matrix tbody tr")).to_have_count(1)
        assert monotonic() - began < 5


@pytest.mark.parametrize(
    ("width", "height", "rows"),
    [(1366, 768, 10), (360, 640, 1), (3840, 2160, 20)],
    ids=["laptop", "phone", "wall"],
)
def test_the_worst_clusters_are_on_the_first_screen(visit: Open, width: int, height: int, rows: int) -> None:
    with served(FakeSource(many())) as address:
        page = visit(address, viewport={"width": width, "height": height})
        row = page.locator(".matrix tbody tr").nth(rows - 1)
        box = (row if rows > 1 else row.locator("th, td").nth(1)).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= height
        assert fits(page)
        table = page.locator(".matrix").first.bounding_box()
        assert table is not None
        assert table["width"] > 0.9 * width
        if width > 800:
            page.evaluate("scrollTo(0, 3000)")
            expect(page.get_by_role("columnheader", name="Do now").first).to_be_in_viewport()


def test_the_page_says_how_old_its_data_are(visit: Open) -> None:
    with served(FakeSource((behind(),))) as address:
        page = visit(address, timezone_id="UTC")
        expect(page.locator("#live-text")).to_have_text("As of 14:13:21")
        page.goto(f"{address}/clusters/orders-live")
        expect(page.locator("#live-text")).to_have_text("As of 14:13:20")
        page.goto(f"{address}/runbooks/TemporalSchemaBehind?cluster=orders-live")
        expect(page.get_by_role("button", name="Pause")).to_be_hidden()


def test_without_clusters_the_page_says_why_that_may_be(visit: Open, axe: str) -> None:
    with served(FakeSource()) as address:
        page = visit(address)
        expect(page.locator("#content")).to_contain_text("There are no clusters")
        assert violations(page, axe) == []


def test_if_everything_is_unknown_nothing_is_green(visit: Open, axe: str) -> None:
    with served(FakeSource((silent("a"), silent("b")))) as address:
        page = visit(address)
        expect(page.locator(".matrix .verdict.unknown")).to_have_count(2)
        expect(page.locator(".matrix :is(.verdict, .mark).supported")).to_have_count(0)
        assert violations(page, axe) == []


def test_a_page_that_is_open_follows_what_changes_and_stays_where_the_reader_is(visit: Open) -> None:
    source = FakeSource((behind(), silent()))
    with served(source) as address:
        page = visit("about:blank")
        page.clock.install()
        page.goto(f"{address}/clusters/orders-live")
        page.locator("#raw-1 summary").click()
        page.locator("#raw-1 summary").focus()
        page.get_by_label("Plan to release")
        base = behind()
        fine = replace(base.judgement, verdict=Verdict.SUPPORTED, start=StartAnswer(True, "all is well"))
        source.shown = (replace(base, judgement=fine),)
        page.clock.run_for(11_000)
        expect(page.locator("dl")).to_contain_text("all is well")
        expect(page).to_have_title("orders-live: supported")
        expect(page.locator("#raw-1 pre")).to_be_visible()
        expect(page.locator("#raw-1 summary")).to_be_focused()


@pytest.mark.parametrize("place", ["/", "/clusters/orders-live?to=1.31.2"])
def test_the_keyboard_focus_stays_after_an_update(visit: Open, place: str) -> None:
    with served(FakeSource((behind(), silent()))) as address:
        page = visit("about:blank")
        page.clock.install()
        page.goto(f"{address}{place}")
        count = page.evaluate("document.querySelectorAll('#content :is(a, summary, [tabindex])').length")
        assert count > 5
        for index in range(count):
            focused = page.locator("#content :is(a, summary, [tabindex])").nth(index)
            if not focused.is_visible():
                continue
            focused.focus()
            page.evaluate("load(location.href).then(() => { document.title = 'looked' })")
            expect(page).to_have_title("looked")
            expect(focused).to_be_focused()


def test_updates_pause_when_requested(visit: Open) -> None:
    source = FakeSource((silent(),))
    with served(source) as address:
        page = visit("about:blank")
        page.clock.install()
        page.goto(address)
        pause = page.get_by_role("button", name="Pause")
        pause.click()
        expect(pause).to_have_attribute("aria-pressed", "true")
        source.shown = (behind(),)
        page.clock.run_for(60_000)
        expect(page.locator(".matrix tbody th")).to_contain_text("payments-live")
        pause.click()
        expect(page.locator(".matrix tbody th")).to_contain_text("orders-live")


def test_a_page_shows_since_when_the_agent_has_not_answered(visit: Open) -> None:
    page = visit("about:blank", is_there=False)
    with served(FakeSource((behind(),))) as address:
        page.clock.install()
        page.goto(address)
        expect(page.locator("#live-text")).to_contain_text("As of")
        page.route("**/*", lambda route: route.fulfill(status=502, body="bad gateway"))
        page.clock.run_for(11_000)
        expect(page.locator("#live-text")).to_contain_text("No answer since")
        expect(page.locator(".matrix tbody tr")).to_have_count(1)


def test_a_printed_page_is_unfolded_and_has_no_controls(visit: Open) -> None:
    with served(FakeSource((behind(),))) as address:
        page = visit(f"{address}/clusters/orders-live?to=1.31.2")
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        expect(page.locator("#steps ol").first).to_be_visible()
        expect(page.locator("#raw-1 pre")).to_be_visible()
        for gone in ("header nav", "form", "#live"):
            expect(page.locator(gone)).to_be_hidden()
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        expect(page.locator("#raw-1 pre")).to_be_hidden()


def test_a_paper_version_is_light_also_for_those_who_read_in_the_dark(visit: Open) -> None:
    with served(FakeSource((behind(),))) as address:
        page = visit(address, color_scheme="dark")
        page.emulate_media(media="print")
        assert page.evaluate("getComputedStyle(document.body).color") == "rgb(27, 31, 36)"
        assert len(page.pdf()) > 5_000
