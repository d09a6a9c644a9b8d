"""The panels' queries, evaluated by promtool on prepared states of one and two replicas of the agent."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.model.vocabulary import Role

from .conftest import BOARDS, Promtool, columns, shown

Panel = dict[str, Any]
State = Mapping[str, float | str]

# It counts replicas, so it has to differ.
COUNTS_REPLICAS = "Agents answering"
# They show each replica by itself.
SHOW_REPLICAS = {"Failing probes", "Agents", "Builds", "Rounds", "Scrapes"}
OFTEN_EMPTY = {"product", "flavor", "name", "temporal_service"}
FLEET = shown(BOARDS["temporal-compat-fleet"])
CHOICES = {
    "$instance": ".+",
    "$cluster": ".+",
    "$product": ".*",
    "$environment": ".*",
    "$__rate_interval": "5m",
}
AT = "20m"

# `orders` is in the middle of a rollout, with its schema behind; of `search` nothing is known.
SERVER = 'temporal_cluster="orders", role="server", component="temporal"'
STORE = 'temporal_cluster="orders", role="persistence", component="postgresql"'
ORDERS = 'temporal_cluster="orders", temporal_environment="live", product="shop"'
CLUSTERS: State = {
    'cluster_info{temporal_cluster="orders", temporal_environment="live", product="shop"}': 1,
    'cluster_info{temporal_cluster="search", temporal_environment="live"}': 1,
    f'cluster_verdict{{{ORDERS}, verdict="unsupported"}}': 1,
    f'cluster_verdict{{{ORDERS}, verdict="unknown"}}': 0,
    'cluster_verdict{temporal_cluster="search", verdict="unsupported", temporal_environment="live"}': 0,
    'cluster_verdict{temporal_cluster="search", verdict="unknown", temporal_environment="live"}': 1,
    f'verdict{{{SERVER}, check="version", verdict="supported"}}': 1,
    f'verdict{{{SERVER}, check="replicas", verdict="supported"}}': 1,
    f'verdict{{{STORE}, check="version", verdict="untested"}}': 1,
    f'verdict{{{STORE}, check="schema", verdict="unsupported"}}': 1,
    **{
        f'verdict{{temporal_cluster="orders", role="{role}", component="any", check="version", '
        'verdict="untested"}': 1
        for role in Role
        if role not in (Role.SERVER, Role.PERSISTENCE)
    },
    f"would_start{{{ORDERS}}}": 0,
    f'finding_info{{{STORE}, check="schema", reason="schema_behind", verdict="unsupported", '
    'waived="false"}': 1,
    f'component_info{{{STORE}, flavor="postgresql", version="15.4"}}': 1,
    f'component_info{{{SERVER}, version="1.30.5"}}': 1,
    f'component_info{{{SERVER}, version="1.31.2"}}': 1,
    f'component_nodes{{{SERVER}, temporal_service="history", version="1.30.5"}}': 1,
    f'component_nodes{{{SERVER}, temporal_service="history", version="1.31.2"}}': 2,
    'server_info{temporal_cluster="orders", version="1.30.5", release="1.30.5"}': 1,
    'server_release_timestamp_seconds{temporal_cluster="orders"}': 1000,
    'server_releases_behind{temporal_cluster="orders", level="patch"}': 1,
    'server_releases_behind{temporal_cluster="orders", level="minor"}': 1,
    'upgrade_blockers{temporal_cluster="orders", level="minor", release="1.32.2"}': 1,
    'upgrade_schema_steps{temporal_cluster="orders", level="minor", release="1.32.2"}': 2,
    'upgrade_steps{temporal_cluster="orders", level="minor", release="1.32.2"}': 5,
    'advisory_info{temporal_cluster="orders", advisory="CVE-1", level="critical", applies="yes"}': 1,
    'advisories{temporal_cluster="orders", level="critical"}': 1,
    f"component_end_of_life_timestamp_seconds{{{STORE}}}": 86400,
    'waiver_end_timestamp_seconds{temporal_cluster="orders", role="persistence", check="version", '
    'reason="untested_newer"}': 86400,
    f'schema_info{{{STORE}, plugin="postgres12", version="1.18", required="1.19"}}': 1,
    f"schema_drift_versions{{{STORE}}}": -1,
    f'probe_up{{{STORE}, probe="sql"}}': 1,
    f'probe_up{{{SERVER}, probe="metrics", name="history-0"}}': 0,
    f'probe_duration_seconds{{{STORE}, probe="sql"}}': 0.25,
    f'probe_failure_info{{{SERVER}, probe="metrics", name="history-0", reason="timeout"}}': 1,
    f'probe_last_success_timestamp_seconds{{{SERVER}, probe="metrics", name="history-0"}}': 600,
    f'probes_total{{{SERVER}, probe="metrics", name="history-0"}}': "0+2x30",
    f'probe_failures_total{{{SERVER}, probe="metrics", name="history-0"}}': "0+1x30",
}
AGENT: State = {
    'build_info{version="1.0.0", python_version="3.13.1"}': 1,
    'matrix_info{digest="a0eeddba", newest_release="1.32.2"}': 1,
    "matrix_newest_release_timestamp_seconds": 1000,
    "matrix_updated_timestamp_seconds": 1000,
    "clusters": 2,
    "rounds_total": "0+1x30",
    "rounds_skipped_total": "0+1x30",
    "last_round_timestamp_seconds": "0+60x30",
    "config_last_reload_successful": 1,
    "config_last_reload_success_timestamp_seconds": 500,
}


def scraped(job: str, replicas: Mapping[str, State]) -> list[dict[str, str]]:
    """The series of these replicas as Prometheus has them after half an hour."""
    series = []
    for instance, state in replicas.items():
        target = f'job="{job}", instance="{instance}"'
        series.append({"series": f"up{{{target}}}", "values": "1x30"})
        series.append({"series": f"scrape_duration_seconds{{{target}}}", "values": "0.01x30"})
        for name, value in {**AGENT, **state}.items():
            metric, _, labels = name.rstrip("}").partition("{")
            series.append(
                {
                    "series": f"temporal_compat_{metric}{{{', '.join(filter(None, (target, labels)))}}}",
                    "values": value if isinstance(value, str) else f"{value}x30",
                }
            )
    return series


def evaluated(expr: str, job: str) -> str:
    """The query as Grafana sends it for one job."""
    for name, value in (CHOICES | {"$job": job}).items():
        expr = expr.replace(name, value)
    return expr


def asked(
    promtool: Promtool, folder: Path, series: list[dict[str, str]], tests: list[dict[str, Any]]
) -> None:
    """Lets promtool evaluate these expressions on these series."""
    case = folder / "case.test.yaml"
    group = {"interval": "1m", "input_series": series, "promql_expr_test": tests}
    case.write_text(yaml.safe_dump({"tests": [group]}), encoding="utf-8")
    promtool("test", "rules", case)


def queries(panels: list[Panel]) -> list[str]:
    """What must be the same for any number of replicas."""
    return [
        f"max without (job, instance) ({target['expr']})"
        if panel["title"] in SHOW_REPLICAS
        else target["expr"]
        for panel in panels
        if panel["title"] != COUNTS_REPLICAS
        for target in panel["targets"]
    ]


def test_every_query_finds_rows_and_the_same_for_two_replicas_as_for_one(
    panels: list[Panel], promtool: Promtool, tmp_path: Path
) -> None:
    series = scraped("one", {"a": CLUSTERS}) + scraped("two", {"a": CLUSTERS, "b": CLUSTERS})
    tests: list[dict[str, Any]] = []
    for expr in queries(panels):
        one, two = evaluated(expr, "one"), evaluated(expr, "two")
        differing = f"({one} unless {two}) or ({two} unless {one}) or ({one} != {two})"
        tests += [
            {
                "expr": f"count({one}) > bool 0",
                "eval_time": AT,
                "exp_samples": [{"labels": "{}", "value": 1}],
            },
            {"expr": differing, "eval_time": AT},
        ]
    asked(promtool, tmp_path, series, tests)


def test_every_column_of_a_table_is_a_label_of_its_first_query(
    panels: list[Panel], promtool: Promtool, tmp_path: Path
) -> None:
    tests: list[dict[str, Any]] = []
    for panel in panels:
        if panel["type"] == "table":
            expr = evaluated(panel["targets"][0]["expr"], "one")
            for label in (field for field in columns(panel) if not field.startswith("Value")):
                marked = f'label_replace({expr}, "has", "yes", "{label}", ".+")'
                tests.append(
                    {
                        "expr": f"count(group by (has) ({marked}) unless on (has) vector(0))",
                        "eval_time": AT,
                        "exp_samples": [{"labels": "{}", "value": 1}],
                    }
                )
                if label not in OFTEN_EMPTY:
                    tests.append({"expr": f"{marked} and on (has) vector(0)", "eval_time": AT})
    asked(promtool, tmp_path, scraped("one", {"a": CLUSTERS}), tests)


def test_every_query_works_while_two_replicas_see_different_things(
    panels: list[Panel], promtool: Promtool, tmp_path: Path
) -> None:
    other = {
        name.replace("1.30.5", "1.31.2")
        .replace('"1.18"', '"1.19"')
        .replace("shop", "store")
        .replace("timeout", "unreachable")
        .replace("schema_behind", "schema_row_missing"): value
        for name, value in CLUSTERS.items()
    }
    series = scraped("two", {"a": CLUSTERS, "b": other})
    tests = [
        {
            "expr": f"count({evaluated(expr, 'two')}) > bool 0",
            "eval_time": AT,
            "exp_samples": [{"labels": "{}", "value": 1}],
        }
        for expr in queries(panels)
    ]
    asked(promtool, tmp_path, series, tests)


def test_a_role_that_no_cluster_has_gets_no_column(promtool: Promtool, tmp_path: Path) -> None:
    (table,) = (panel for panel in FLEET if panel["title"] == "Clusters")
    of_roles = {
        role: evaluated(target["expr"], "one")
        for role in Role
        for target in table["targets"]
        if f'role="{role}"' in target["expr"]
    }
    assert list(of_roles) == list(Role)
    has = {Role.SERVER, Role.PERSISTENCE, Role.VISIBILITY}
    state = {
        name: value
        for name, value in CLUSTERS.items()
        if not name.startswith("verdict{") or any(f'role="{role}"' in name for role in has)
    }
    there = [{"labels": "{}", "value": 1}]
    tests = [
        {"expr": f"count({expr})", "eval_time": AT, "exp_samples": there if role in has else []}
        for role, expr in of_roles.items()
    ]
    asked(promtool, tmp_path, scraped("one", {"a": state}), tests)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("supported", "supported", 0),
        ("supported", "unknown", 0),
        ("supported", "untested", 1),
        ("untested", "unknown", 1),
        ("unknown", "unknown", 2),
        ("supported", "unsupported", 3),
        ("unknown", "unsupported", 3),
    ],
)
def test_worst_verdict_is_shown_and_unknown_only_when_no_replica_knows_better(
    first: str, second: str, expected: int, promtool: Promtool, tmp_path: Path
) -> None:
    def seen(holding: str) -> State:
        about = 'temporal_cluster="orders", role="server", check="version", component="temporal"'
        known = 'temporal_cluster="orders", role="server", check="replicas", component="temporal"'
        return {
            'cluster_info{temporal_cluster="orders"}': 1.0,
            f'verdict{{{known}, verdict="supported"}}': 1.0,
            f'verdict{{{known}, verdict="unknown"}}': 0.0,
        } | {
            f'{metric}{{{labels}, verdict="{verdict}"}}': float(verdict == holding)
            for metric, labels in (("cluster_verdict", 'temporal_cluster="orders"'), ("verdict", about))
            for verdict in ("supported", "untested", "unknown", "unsupported")
        }

    (table,) = (panel for panel in FLEET if panel["title"] == "Clusters")
    (of_cluster, of_server) = (target["expr"] for target in table["targets"] if target["refId"] in {"B", "D"})
    rows = [{"labels": '{temporal_cluster="orders"}', "value": expected}]
    series = scraped("two", {"a": seen(first), "b": seen(second)})
    tests = [
        {"expr": evaluated(expr, "two"), "eval_time": AT, "exp_samples": rows}
        for expr in (of_cluster, of_server)
    ]
    asked(promtool, tmp_path, series, tests)


def test_a_change_of_version_is_marked_but_a_first_answer_or_a_restart_of_the_agent_is_not(
    promtool: Promtool, tmp_path: Path
) -> None:
    marks = {mark["name"]: mark["expr"] for mark in BOARDS["temporal-compat-cluster"]["annotations"]["list"]}
    target = 'job="one", instance="a"'
    cluster = f'temporal_compat_cluster_info{{{target}, temporal_cluster="orders"}}'
    component = f'temporal_compat_component_info{{{target}, {SERVER}, version="%s"}}'
    schema = f'temporal_compat_schema_info{{{target}, {STORE}, version="%s"}}'
    # The agent is away from minute 40 to 60; the old version leaves at 90, the new one comes at 80.
    series = [
        {"series": cluster, "values": "1x39 stale _x19 1x90"},
        {"series": component % "1.30.5", "values": "1x39 stale _x19 1x30 stale"},
        {"series": component % "1.31.2", "values": "_x80 1x70"},
        {"series": schema % "1.18", "values": "1x39 stale _x19 1x40 stale"},
        {"series": schema % "1.19", "values": "_x102 1x48"},
    ]
    labels = 'temporal_cluster="orders", role="server", component="temporal", version="1.31.2"'
    stored = 'temporal_cluster="orders", role="persistence", component="postgresql", version="1.19"'
    marked = [{"labels": f"{{{labels}}}", "value": 1}]
    moved = [{"labels": f"{{{stored}}}", "value": 1}]
    at = {
        "Versions": {"5m": [], "30m": [], "61m": [], "79m": [], "82m": marked, "95m": [], "140m": []},
        "Schemas": {"5m": [], "30m": [], "61m": [], "100m": [], "104m": moved, "120m": []},
    }
    tests = [
        {"expr": evaluated(marks[name], "one"), "eval_time": when, "exp_samples": expected}
        for name, moments in at.items()
        for when, expected in moments.items()
    ]
    asked(promtool, tmp_path, series, tests)
