"""Series: the unit in which sources list versions."""

from __future__ import annotations

from agent.matrix.series import Listed, compare, listed_series, series_of
from agent.model.versions import parse
from agent.model.vocabulary import Reason, Verdict
from tests.laws import law


@law(
    [
        ("postgresql", "16.6", "16"),
        ("postgresql", "9.6.24", "9.6"),
        ("mysql", "8.0.36", "8.0"),
        ("cassandra", "4.1.3", "4.1"),
        ("elasticsearch", "8.17.0", "8"),
    ]
)
def test_the_unit_of_support_is_that_of_the_vendor(component: str, version: str, series: str) -> None:
    assert series_of(component, parse(version)) == series
    assert str(listed_series(component, version)) == series


@law(
    [
        ("13", Verdict.SUPPORTED, "a page"),
        ("10", Verdict.UNSUPPORTED, "a page"),
        ("17", Verdict.UNTESTED, "a page"),
        # Between the listed series: no source mentions it, so none is cited.
        ("14", Verdict.UNTESTED, ""),
    ]
)
def test_a_series_is_compared_with_those_that_are_listed(series: str, verdict: Verdict, source: str) -> None:
    listed = [Listed(parse(number), Reason.DOCUMENTED, "a page") for number in ("13", "16")]
    cell = compare("postgresql", parse(series), listed)
    assert (cell.verdict, cell.source) == (verdict, source)


def test_where_nothing_is_listed_no_source_is_cited() -> None:
    cell = compare("postgresql", parse("13"), [])
    assert (cell.verdict, cell.source) == (Verdict.UNTESTED, "")
