"""Metrics of verdicts and findings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.model.vocabulary import Verdict
from tests.metrics.reading import expose, values
from tests.web.samples import behind, silent


def test_every_verdict_has_all_four_series_and_one_holds() -> None:
    text = expose(behind(), silent())
    for name, labels in (
        ("verdict", ("temporal_cluster", "role", "check")),
        ("cluster_verdict", ("temporal_cluster",)),
    ):
        found = values(text, name, *labels, "verdict")
        for group in {key[:-1] for key in found}:
            of_group = {key[-1]: value for key, value in found.items() if key[:-1] == group}
            assert set(of_group) == set(Verdict)
            assert sorted(of_group.values()) == [0, 0, 0, 1]


@pytest.mark.parametrize(("answer", "expected"), [(True, {(): 1.0}), (False, {(): 0.0}), (None, {})])
def test_would_start_is_absent_where_it_is_not_known(
    answer: bool | None, expected: dict[tuple[()], float]
) -> None:
    base = behind()
    start = replace(base.judgement.start, would_start=answer)
    snapshot = replace(base, judgement=replace(base.judgement, start=start))
    assert values(expose(snapshot), "would_start") == expected


def test_two_findings_of_the_same_labels_are_one_series() -> None:
    base = behind()
    judgement = replace(base.judgement, remarks=base.judgement.remarks * 2)
    assert len(values(expose(replace(base, judgement=judgement)), "finding_info", "reason")) == 3
