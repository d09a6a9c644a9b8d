"""The page of `matrix export --format html` in a browser, from a file: it shows what `plan` says."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from gzip import compress
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from agent.cli.inventory import NOW, DeclaredStack, to_observations
from agent.cli.plan_tables import SETUPS, Setup, plan_html, plan_tables
from agent.matrix import Matrix
from agent.reports.plan import blocker_text, cited, finding_text, step_text, warning_text
from agent.reports.plan_document import PlanDocument, plan_document
from agent.upgrade import Toolbox, plan_upgrade
from agent.web.plan_page import plan_page
from tests.building import FROZEN, MATRIX
from tests.pages.browser import violations
from tests.pages.conftest import Open

#: Bytes; a mail server and a wiki take it.
MAX_SIZE = 300_000


def planned(matrix: Matrix, setup: Setup, start: str, target: str) -> PlanDocument:
    """As `plan --from` makes it: a planner of its own for each plan."""
    subject, observations = to_observations(matrix, DeclaredStack(start, setup.parts, setup.plugins))
    plan = plan_upgrade(matrix, subject, observations, NOW, target, Toolbox(), assume_current=True)
    return plan_document(plan)


def expected(plan: PlanDocument) -> Iterator[str]:
    """The texts that the page has about a plan, in its order."""
    yield f"{plan.title}: {plan.summary}"
    yield from (text for each in plan.changes for text in (each.component, each.current, each.target))
    backups = [each.backup for each in plan.changes if each.backup]
    if backups:
        yield from ("First, by hand: back up every store, such as", "\n".join(backups))
    yield from plan.advice
    for hop in plan.hops:
        yield hop.release
        yield from [hop.block_status.lower()] if hop.block_status else []
        yield from (cited(blocker_text(each), each.source) for each in hop.new_blockers)
        yield from (cited(finding_text(each), each.source) for each in hop.new_findings)
        yield from map(warning_text, hop.new_advisories)
        yield from (cited(each.text, each.source) for each in hop.notes)
        for step in hop.steps:
            yield step_text(step)
            yield from [step.command] if step.command else []
        yield hop.rollback_text


def shown(page: Page) -> list[str]:
    """Every text of the plan, without table headings and folded warnings."""
    found: list[str] = page.evaluate("""() => {
      const walker = document.createTreeWalker(document.getElementById("content"), NodeFilter.SHOW_TEXT);
      const texts = [];
      while (walker.nextNode()) {
        if (!walker.currentNode.parentElement.closest("thead, details")) texts.push(walker.currentNode.data);
      }
      return texts.filter((text) => text.trim());
    }""")
    return found


def check_pairs(page: Page, matrix: Matrix, pairs: Sequence[tuple[int, str, str]]) -> None:
    for place, start, target in pairs:
        page.evaluate(f"location.hash = 'from={start}&to={target}&stores={place}'")
        expect(page.locator("h2")).to_contain_text(f"Temporal {start} to {target}:")
        plan = planned(matrix, SETUPS[place], start, target)
        assert shown(page) == list(expected(plan)), (SETUPS[place].options, start, target)


def every_pair(matrix: Matrix) -> list[tuple[int, str, str]]:
    names = [release.name for release in matrix.releases.all]
    return [
        (place, start, target)
        for place in range(len(SETUPS))
        for number, start in enumerate(names)
        for target in names[number + 1 :]
    ]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a page about the five releases of FROZEN."""
    file = tmp_path_factory.mktemp("plans") / "plans.html"
    file.write_text(plan_page(plan_tables(FROZEN).as_object(), FROZEN.published), encoding="utf-8")
    return file.as_uri()


def test_the_page_shows_what_plan_says(small: str, visit: Open) -> None:
    check_pairs(visit(small), FROZEN, random.Random(17).sample(every_pair(FROZEN), 40))


def test_a_choice_changes_the_plan_and_the_address(small: str, visit: Open) -> None:
    page = visit(small)
    page.get_by_label("Persistence").select_option("Cassandra 3.11.19")
    page.get_by_label("Further store").select_option("search: Elasticsearch 7.17.27")
    page.get_by_label("From").select_option("1.23.1")
    expect(page.locator("#command")).to_contain_text(
        "--from 1.23.1 --to 1.31.2 --persistence cassandra=3.11.19"
    )
    expect(page.locator("#command")).to_contain_text("--search elasticsearch=7.17.27")
    again = visit(page.url)
    assert shown(again) == shown(page)
    assert again.locator("#command").inner_text() == page.locator("#command").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_is_accessible_and_fits(small: str, visit: Open, axe: str, width: int, scheme: str) -> None:
    page = visit(small, color_scheme=scheme, viewport={"width": width, "height": 800})
    assert violations(page, axe) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.full
def test_the_page_of_all_releases_is_small_and_shows_what_plan_says(visit: Open, tmp_path: Path) -> None:
    text = plan_html(MATRIX)
    assert len(compress(text.encode(), 9)) < MAX_SIZE
    file = tmp_path / "plans.html"
    file.write_text(text, encoding="utf-8")
    check_pairs(visit(file.as_uri()), MATRIX, random.Random(17).sample(every_pair(MATRIX), 30))
