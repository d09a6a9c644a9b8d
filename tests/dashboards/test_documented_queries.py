"""The queries of docs/queries.md, evaluated by promtool: each finds something, and uses names that exist."""

import re
import textwrap
from pathlib import Path
from typing import Any

from .conftest import ROOT, Promtool
from .promql import unknown_names
from .test_queries import AT, CLUSTERS, asked, scraped

PAGE = (ROOT / "docs" / "queries.md").read_text(encoding="utf-8")
QUERIES = [textwrap.dedent(found) for found in re.findall(r"```promql\n(.*?)```", PAGE, re.DOTALL)]
#: What the prepared states of `test_queries` do not have.
FURTHER = {
    'temporal_compat_verdict_since_timestamp_seconds{temporal_cluster="orders", role="persistence", '
    'check="schema"}': "600x30",
    'temporal_compat_round_duration_seconds_bucket{le="1.0"}': "0+3x30",
    'temporal_compat_round_duration_seconds_bucket{le="+Inf"}': "0+4x30",
    'temporal_compat_upgrade_blockers{temporal_cluster="orders", level="patch", release="1.30.9"}': "0x30",
    'service_errors{temporal_cluster="orders", service_name="history"}': "0+1x30",
}


def test_twenty_queries_are_documented_with_names_that_exist() -> None:
    assert len(QUERIES) == 20
    known = [expr.replace("_bucket", "") for expr in QUERIES if "round_duration" not in expr]
    assert [name for expr in known for name in unknown_names(expr)] == []


def test_every_documented_query_finds_one_row_for_each_thing_whatever_the_number_of_replicas(
    promtool: Promtool, tmp_path: Path
) -> None:
    further = [{"series": series, "values": values} for series, values in FURTHER.items()]
    tests: list[dict[str, Any]] = [
        {
            "expr": f"count({expr}) > bool 0",
            "eval_time": AT,
            "exp_samples": [{"labels": "{}", "value": 1}],
        }
        for expr in QUERIES
    ]
    asked(promtool, tmp_path, scraped("one", {"a": CLUSTERS}) + further, tests)
    asked(promtool, tmp_path, scraped("two", {"a": CLUSTERS, "b": CLUSTERS}) + further, tests)
