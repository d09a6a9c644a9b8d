"""The demo in a browser: what a person sees, clicks and reads, with scripts and without."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.pages.browser import violations
from tests.pages.conftest import Open

LOOKS = {
    "light-wide": {"color_scheme": "light", "viewport": {"width": 1440, "height": 900}},
    "dark-narrow": {"color_scheme": "dark", "viewport": {"width": 360, "height": 800}},
}


ALL = [
    *("payments-live", "reports-live", "shipping-staging"),
    *("billing-live", "search-staging"),
    *("orders-staging", "sandbox", "shipping-live"),
    "orders-live",
]


def expect_names(page: Page, names: list[str]) -> None:
    """The clusters that the matrix shows, once it does."""
    expect(page.locator(".matrix tbody th a")).to_have_text(names)


def test_the_worst_clusters_come_first_and_each_says_why(demo: str, visit: Open) -> None:
    page = visit(demo)
    expect_names(page, ALL)
    row = page.locator("tr", has_text="payments-live")
    expect(row.locator("td").first).to_contain_text("unsupported")
    expect(row).to_contain_text("Temporal 1.31.2 needs schema 0.11, found 0.10")
    expect(page.locator(".counts li").nth(1)).to_have_text("3 unsupported")


def test_a_click_leads_from_the_matrix_to_the_cluster_its_plan_and_back(demo: str, visit: Open) -> None:
    page = visit(demo)
    page.get_by_role("link", name="payments-live", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("payments-live")
    expect(page).to_have_title("payments-live: unsupported")
    finding = page.locator("section", has=page.get_by_role("heading", name="Findings"))
    expect(finding).to_contain_text("found 0.10")
    expect(finding).to_contain_text("Source: ")
    steps = page.locator("#steps")
    expect(steps.locator("ol").first).to_be_hidden()
    steps.locator("summary").click()
    expect(steps.locator("ol").first).to_be_visible()
    page.get_by_role("link", name="TemporalSchemaBehind").click()
    expect(page.locator("article")).to_contain_text("What it means")
    page.get_by_role("link", name="All clusters").click()
    expect_names(page, ALL)


def test_the_next_step_of_a_row_opens_its_plan(demo: str, visit: Open) -> None:
    page = visit(demo)
    page.locator("details.quiet summary").click()
    link = page.get_by_role("link", name=re.compile("^minor .* of orders-live$"))
    release = re.findall(r"to=([\d.]+)", link.get_attribute("href") or "")[0]
    link.click()
    assert page.url.endswith(f"/clusters/orders-live?to={release}#plan")
    expect(page.locator("#steps ol").last).to_contain_text(f"Deploy Temporal {release}")
    page.get_by_label("Plan to release").fill("7.7.7")
    page.get_by_role("button", name="Plan").click()
    expect(page.get_by_role("alert")).to_contain_text("7.7.7")


def test_a_failed_probe_is_reported_with_its_error_and_the_way_to_mend_it(demo: str, visit: Open) -> None:
    page = visit(demo)
    page.get_by_role("link", name="1 failed probe of billing-live").click()
    probe = page.locator("section", has=page.get_by_role("heading", name="Last probes")).locator("li").first
    expect(probe).to_contain_text("failed")
    expect(probe).to_contain_text("unreachable")
    expect(probe).to_contain_text("No probe has succeeded yet.")
    expect(probe.get_by_role("link")).to_have_text("TemporalCompatProbeFailing")
    probe.locator("summary").click()
    expect(probe.locator("pre")).to_contain_text('"probe": "grpc"')


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without"])
def test_search_and_filters_narrow_the_matrix(demo: str, visit: Open, scripts: bool) -> None:
    page = visit(demo, java_script_enabled=scripts)
    page.get_by_role("searchbox").fill("LIVE schema_behind")
    page.get_by_role("searchbox").press("Enter")
    expect(page.locator("#shown")).to_contain_text("1 of 9")
    expect_names(page, ["payments-live"])
    page.get_by_role("searchbox").fill("")
    page.locator("#options summary").click()
    page.get_by_role("combobox", name="State").select_option("unknown")
    page.get_by_role("combobox", name="Environment").select_option("staging")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#shown")).to_contain_text("1 of 9")
    expect_names(page, ["search-staging"])
    # The address says what is shown, so that it can be kept or sent to somebody.
    assert "state=unknown" in page.url
    page.reload()
    expect_names(page, ["search-staging"])
    page.get_by_role("link", name="Show all", exact=True).click()
    expect_names(page, ALL)


def test_a_search_is_answered_while_it_is_typed_and_announced_to_a_screen_reader(
    demo: str, visit: Open
) -> None:
    page = visit(demo)
    page.get_by_role("searchbox").press_sequentially("sandbox")
    expect(page.locator("#shown")).to_contain_text("1 of 9")
    expect(page.get_by_role("status")).to_contain_text("1 of 9 clusters")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.get_by_role("searchbox").fill("no such thing")
    expect(page.locator("#content")).to_contain_text("No clusters match.")


def test_the_counts_are_links_to_their_clusters(demo: str, visit: Open) -> None:
    page = visit(demo, java_script_enabled=False)
    page.get_by_role("link", name="2 unknown").click()
    expect_names(page, ["billing-live", "search-staging"])
    expect(page.get_by_role("combobox", name="State")).to_have_value("unknown")


def test_the_counts_keep_the_filters_and_the_group(demo: str, visit: Open) -> None:
    page = visit(f"{demo}/?environment=live&group=product", java_script_enabled=False)
    headings = page.locator("h2.group bdi")
    expect(headings).to_have_text(["orders", "payments", "reports", "shipping", "billing"])
    page.get_by_role("link", name="2 unsupported").click()
    expect(headings).to_have_text(["payments", "reports"])
    assert "environment=live" in page.url
    page.goto(f"{demo}/?group=environment")
    expect(headings).to_have_text(["development", "staging", "live"])


def test_the_command_is_copied_by_its_button_and_can_be_selected_without_scripts(
    demo: str, visit: Open
) -> None:
    command = "temporal-compat-agent explain below_minimum"
    page = visit(demo, permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the command of reports-live").click()
    expect(page.get_by_role("button", name="Copy the command of reports-live")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == command
    page = visit(demo, java_script_enabled=False)
    expect(page.locator("tr", has_text="reports-live").locator(".command code")).to_have_text(command)
    expect(page.get_by_role("button", name="Copy")).to_have_count(0)


def test_without_scripts_the_page_says_all_and_shows_no_control_that_does_nothing(
    demo: str, visit: Open
) -> None:
    page = visit(f"{demo}/clusters/payments-live", java_script_enabled=False)
    expect(page.locator("dl time").last).to_have_text(re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$"))
    expect(page.get_by_role("button", name="Pause")).to_be_hidden()
    page.locator("#steps summary").click()
    expect(page.locator("#steps ol").first).to_be_visible()


def test_times_are_in_the_viewers_zone_and_days_stay_days(demo: str, visit: Open) -> None:
    page = visit(f"{demo}/clusters/payments-live")
    moment = page.locator("dl time").last
    expect(moment).to_contain_text("GMT+5:30")
    expect(moment).to_have_attribute("title", re.compile(r" UTC$"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", page.locator("footer time").first.inner_text())


def test_all_can_be_reached_by_keyboard_and_the_first_key_skips_to_the_content(
    demo: str, visit: Open
) -> None:
    page = visit(demo)
    page.locator("details").evaluate_all("all => all.forEach(each => each.open = true)")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    reached = set()
    for _ in range(120):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.getAttribute('href')"))
    hrefs = set(page.locator("a").evaluate_all("links => links.map(link => link.getAttribute('href'))"))
    assert hrefs <= reached
    page.goto(f"{demo}/clusters/payments-live")
    page.locator("#steps summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#steps ol").first).to_be_visible()


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/clusters/shipping-staging?to=1.32.2",
        "/clusters/billing-live",
        "/clusters/nobody",
        "/runbooks/TemporalSchemaBehind",
    ],
)
def test_axe_finds_nothing_wrong_with_contrast_labels_and_structure(
    demo: str, visit: Open, axe: str, path: str, look: str
) -> None:
    page = visit(f"{demo}{path}", is_there=not path.endswith("nobody"), **LOOKS[look])
    page.locator("details").evaluate_all("all => all.forEach(each => each.open = true)")
    assert violations(page, axe) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
