"""Every dashboard: what Grafana's public linter and its readers ask, and that the JSON is the code's.

The linter's rules are those of grafana/dashboard-linter, one test each, checked on the dashboards' own model.
"""

import json
import re
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.models import units

from dashboards.__main__ import RULES_OF_CHART, rendered
from dashboards.panels import DATE, NO_DATA
from dashboards.variables import AGENT_URL

from .conftest import BOARDS, FILES, RULES, columns, expressions, shown
from .promql import SELECTOR, unknown_names

Panel = dict[str, Any]
SCRAPED = 'job=~"$job", instance=~"$instance"'
#: Grafana also takes a format of Moment.js behind `time:`.
UNITS = {value for name, value in vars(units).items() if not name.startswith("_")} | {DATE}


def test_committed_files_are_what_the_code_writes() -> None:
    committed = {*FILES.values(), RULES, RULES_OF_CHART}
    assert rendered() == {file: file.read_text(encoding="utf-8") for file in committed}, (
        "run `make dashboards`"
    )


def test_the_three_dashboards_keep_their_addresses() -> None:
    assert set(BOARDS) == {"temporal-compat-fleet", "temporal-compat-cluster", "temporal-compat-agent"}


def test_dashboard_has_a_stable_uid_and_can_not_be_edited_in_place(board: Panel) -> None:
    assert board["uid"] in FILES
    assert board["editable"] is False
    assert board["title"]
    assert board["description"]


def test_every_dashboard_leads_to_the_others_and_takes_choices_and_time_along(board: Panel) -> None:
    link, *to_the_agent = board["links"]
    assert link["type"] == "dashboards"
    assert [each["title"] for each in to_the_agent] == (
        ["Status page", "Upgrade plan"] if board["uid"] == "temporal-compat-cluster" else []
    )
    assert all(each["url"].startswith("${agent_url}/clusters/${cluster:") for each in to_the_agent)
    assert all(set(link["tags"]) <= set(other["tags"]) for other in BOARDS.values())
    assert link["includeVars"]
    assert link["keepTime"]


def test_every_link_of_a_table_leads_to_a_dashboard_that_exists(board: Panel) -> None:
    targets = re.findall(r'"url": "/d/([\w-]+)\?', json.dumps(board))
    assert set(targets) <= set(BOARDS)
    assert targets or board["uid"] == "temporal-compat-cluster"


def test_every_panel_has_a_title_of_its_own_and_a_description(panels: list[Panel]) -> None:
    titles = [panel["title"] for panel in panels]
    assert all(titles)
    assert len(set(titles)) == len(titles)
    assert [panel["title"] for panel in panels if not panel["description"]] == []


def test_every_panel_asks_something_of_the_data_source_that_the_reader_chose(board: Panel) -> None:
    for panel in shown(board):
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}, panel["title"]
        assert panel["targets"], panel["title"]
    for mark in board["annotations"].get("list", []):
        assert mark["datasource"]["uid"] == "${datasource}"


def test_every_number_has_a_unit_that_grafana_knows_or_a_word(panels: list[Panel]) -> None:
    for panel in panels:
        if panel["type"] != "table":
            assert panel["fieldConfig"]["defaults"]["unit"] in UNITS, panel["title"]
            continue
        # With another unit Grafana shows version 1.10 as 1.1.
        assert panel["fieldConfig"]["defaults"]["unit"] == "string", panel["title"]
        overrides = {
            override["matcher"]["options"]: {each["id"]: each.get("value") for each in override["properties"]}
            for override in panel["fieldConfig"]["overrides"]
        }
        titles = columns(panel)
        assert set(overrides) <= set(titles.values()), f"{panel['title']}: an override without a column"
        for field, title in titles.items():
            if field.startswith("Value"):
                assert overrides[title]["unit"] in UNITS, f"{panel['title']}: {title}"


def test_every_query_selects_by_promised_names_and_by_the_chosen_job_and_instance(board: Panel) -> None:
    for expr in expressions(board):
        assert list(unknown_names(expr)) == []
        for metric, matchers in SELECTOR.findall(expr):
            assert matchers.startswith(SCRAPED), metric


def test_every_query_of_clusters_follows_every_choice_of_the_reader(board: Panel) -> None:
    for expr in expressions(board):
        if "temporal_cluster" in expr:
            assert all(f'"${name}"' in expr for name in ("cluster", "product", "environment")), expr


def test_a_dashboard_needs_no_recorded_series(board: Panel) -> None:
    for expr in expressions(board):
        assert ":" not in re.sub(r'"[^"]*"', "", expr)


def test_rates_span_what_grafana_finds_right_for_the_scrape_interval(board: Panel) -> None:
    for expr in expressions(board):
        spans = set(re.findall(r"rate\([^()]*\[([^]]+)\]", expr))
        assert spans <= {"$__rate_interval"}, expr


def test_a_counter_is_never_shown_raw(board: Panel) -> None:
    for expr in expressions(board):
        for before in re.findall(r"(\w*\(?)temporal_compat_\w+_total\b", expr):
            assert before in {"rate(", "increase("}, expr


def test_tables_and_single_numbers_ask_for_now_and_lines_for_the_time_range(panels: list[Panel]) -> None:
    for panel in panels:
        over_time = panel["type"] in {"timeseries", "state-timeline"}
        assert {target["range"] for target in panel["targets"]} == {over_time}, panel["title"]
        assert {target["instant"] for target in panel["targets"]} == {not over_time}, panel["title"]


def test_every_choice_has_a_label_and_follows_the_time_range(board: Panel) -> None:
    source, *choices = board["templating"]["list"]
    assert (source["type"], source["name"], source["query"]) == ("datasource", "datasource", "prometheus")
    assert source["label"] == "Data source"
    hidden = [choice for choice in choices if choice["name"] == "agent_url"]
    choices = [choice for choice in choices if choice not in hidden]
    assert [choice["hide"] for choice in hidden] == [2], "it is only for links"
    assert [choice["name"] for choice in choices] == ["job", "instance", "environment", "product", "cluster"]
    for choice in choices:
        assert choice["label"] == choice["name"].capitalize()
        several = (board["uid"], choice["name"]) != ("temporal-compat-cluster", "cluster")
        assert choice["multi"] is choice["includeAll"] is several
        assert choice["refresh"] == 2, "2: when the time range changes"
        assert choice["datasource"]["uid"] == "${datasource}"
        assert list(unknown_names(choice["query"]["query"])) == []
        if choice["name"] in {"job", "instance"}:
            assert choice["allValue"] == ".+"


@pytest.mark.parametrize(("width", "rows"), [(1366, 18), (1920, 28)])
def test_what_matters_most_is_seen_without_scrolling(width: int, rows: int, board: Panel) -> None:
    # A row of the grid is 38 pixels; these are a laptop's screen and one on a wall, less Grafana's bars.
    seen = [panel for panel in shown(board) if panel["gridPos"]["y"] + panel["gridPos"]["h"] <= rows]
    titles = {panel["title"] for panel in seen}
    assert (
        titles
        >= {
            "temporal-compat-fleet": {"Clusters by verdict", "Would not start", "Clusters"},
            "temporal-compat-cluster": {"Verdict", "Would start", "Every check", "Why"},
            "temporal-compat-agent": {"Agents", "Builds"},
        }[board["uid"]]
    )
    # A column of a table gets some 90 pixels at least.
    for panel in seen:
        if panel["type"] == "table":
            assert width * panel["gridPos"]["w"] / 24 / len(columns(panel)) >= 90, panel["title"]


def test_panels_are_numbered_and_lie_side_by_side(board: Panel) -> None:
    assert [panel["id"] for panel in board["panels"]] == list(range(1, len(board["panels"]) + 1))
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert at["x"] + at["w"] <= 24, panel["title"]
        assert not cells & taken, f"{panel['title']} overlaps"
        taken |= cells


def test_no_data_is_grey_and_says_so_and_a_count_of_zero_is_never_red_or_yellow(panels: list[Panel]) -> None:
    for panel in panels:
        if panel["type"] not in {"stat", "state-timeline"}:
            continue
        defaults = panel["fieldConfig"]["defaults"]
        assert defaults["noValue"] == "not known", panel["title"]
        (of_null,) = [each for each in defaults["mappings"] if each["type"] == "special"]
        assert of_null["options"]["result"]["color"] == NO_DATA
        thresholds = [defaults["thresholds"]] + [
            each["value"]
            for override in panel["fieldConfig"]["overrides"]
            for each in override["properties"]
            if each["id"] == "thresholds"
        ]
        for each in thresholds:
            first, *others = each["steps"]
            assert first["color"] == NO_DATA, panel["title"]
            of_zero = [step["color"] for step in others if step["value"] <= 0]
            assert set(of_zero) <= {"green", "transparent", "blue"}, panel["title"]
        fixed = [each for override in panel["fieldConfig"]["overrides"] for each in override["properties"]]
        assert "color" not in {each["id"] for each in fixed}, "a fixed colour colours 0, too"


def test_nothing_in_the_json_belongs_to_one_installation(board: Panel) -> None:
    text = json.dumps(board).replace("https://www.cve.org/", "").replace(json.dumps(AGENT_URL)[1:-1], "")
    assert "://" not in text
    assert "id" not in board


def test_a_panel_s_options_are_never_null(panels: list[Panel]) -> None:
    assert [panel["title"] for panel in panels if panel["options"] is None] == []


def test_the_provisioning_example_reads_a_folder_and_forbids_edits() -> None:
    file = next(iter(FILES.values())).parent / "provisioning.example.yaml"
    (provider,) = yaml.safe_load(file.read_text(encoding="utf-8"))["providers"]
    assert provider["type"] == "file"
    assert provider["options"]["path"].startswith("/var/lib/grafana/")
    assert provider["allowUiUpdates"] is False


def test_changes_of_version_are_marked_on_one_cluster_s_time_axis() -> None:
    marks = BOARDS["temporal-compat-cluster"]["annotations"]["list"]
    assert [mark["name"] for mark in marks] == ["Versions", "Schemas"]
    assert all("{{version}}" in mark["titleFormat"] for mark in marks)
    assert all(mark["target"]["expr"] == mark["expr"] for mark in marks)
