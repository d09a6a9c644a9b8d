"""The fleet dashboard: what Grafana's public dashboard linter asks, and that the JSON is the code's."""

import json
import re
from typing import Any

from dashboards.__main__ import rendered

from .conftest import FLEET, columns
from .promql import SELECTOR, unknown_names

Panel = dict[str, Any]
SCRAPED = 'job=~"$job", instance=~"$instance"'


def test_committed_json_is_what_the_code_writes() -> None:
    assert {file.name: text for file, text in rendered().items()} == {
        file.name: file.read_text(encoding="utf-8") for file in FLEET.parent.glob("*.json")
    }, "`make dashboards` writes it anew"


def test_dashboard_has_a_stable_uid_and_can_not_be_edited_in_place(fleet: Panel) -> None:
    assert fleet["uid"] == FLEET.stem
    assert fleet["editable"] is False
    assert fleet["title"]
    assert fleet["description"]


def test_every_panel_has_a_title_of_its_own_and_a_description(panels: list[Panel]) -> None:
    titles = [panel["title"] for panel in panels]
    assert all(titles)
    assert len(set(titles)) == len(titles)
    assert [panel["title"] for panel in panels if not panel["description"]] == []


def test_every_panel_reads_the_data_source_that_the_reader_chose(panels: list[Panel]) -> None:
    for panel in panels:
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}, panel["title"]


def test_every_number_has_a_unit_or_a_word(panels: list[Panel]) -> None:
    for panel in panels:
        if panel["type"] != "table":
            assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
            continue
        shown = {
            override["matcher"]["options"]: {each["id"] for each in override["properties"]}
            for override in panel["fieldConfig"]["overrides"]
        }
        titles = columns(panel)
        assert set(shown) <= set(titles.values()), f"{panel['title']}: an override without a column"
        for field, title in titles.items():
            if field.startswith("Value"):
                assert shown[title] & {"unit", "mappings"}, f"{panel['title']}: {title}"


def test_every_query_selects_by_promised_names_and_by_the_chosen_job_and_instance(
    panels: list[Panel],
) -> None:
    for panel in panels:
        for target in panel["targets"]:
            assert list(unknown_names(target["expr"])) == []
            for metric, matchers in SELECTOR.findall(target["expr"]):
                assert matchers.startswith(SCRAPED), f"{panel['title']}: {metric}"


def test_every_query_of_clusters_follows_every_choice_of_the_reader(panels: list[Panel]) -> None:
    for panel in panels:
        for target in panel["targets"]:
            if "temporal_cluster" in target["expr"]:
                assert all(f'"${name}"' in target["expr"] for name in ("cluster", "product", "environment"))


def test_rates_span_what_grafana_finds_right_for_the_scrape_interval(panels: list[Panel]) -> None:
    expressions = [target["expr"] for panel in panels for target in panel["targets"]]
    assert {span for expr in expressions for span in re.findall(r"rate\([^()]*\[([^]]+)\]", expr)} == {
        "$__rate_interval"
    }


def test_tables_and_single_numbers_ask_for_now_and_lines_for_the_time_range(panels: list[Panel]) -> None:
    for panel in panels:
        over_time = panel["type"] == "timeseries"
        assert {target["range"] for target in panel["targets"]} == {over_time}, panel["title"]
        assert {target["instant"] for target in panel["targets"]} == {not over_time}, panel["title"]


def test_every_choice_has_a_label_and_follows_the_time_range(fleet: Panel) -> None:
    source, *choices = fleet["templating"]["list"]
    assert (source["type"], source["name"], source["query"]) == ("datasource", "datasource", "prometheus")
    assert [choice["name"] for choice in choices] == ["job", "instance", "environment", "product", "cluster"]
    for choice in choices:
        assert choice["label"]
        assert choice["multi"]
        assert choice["includeAll"]
        assert choice["refresh"] == 2, "2: when the time range changes"
        assert choice["datasource"]["uid"] == "${datasource}"
        assert list(unknown_names(choice["query"]["query"])) == []


def test_panels_are_numbered_and_lie_side_by_side(fleet: Panel) -> None:
    assert [panel["id"] for panel in fleet["panels"]] == list(range(1, len(fleet["panels"]) + 1))
    taken: set[tuple[int, int]] = set()
    for panel in fleet["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert at["x"] + at["w"] <= 24, panel["title"]
        assert not cells & taken, f"{panel['title']} overlaps"
        taken |= cells


def test_nothing_in_the_json_belongs_to_one_installation(fleet: Panel) -> None:
    assert "://" not in json.dumps(fleet)
    assert "id" not in fleet
