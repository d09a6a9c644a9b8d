"""The matrix: which clusters come first, what a cell says, what a search finds."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

from agent.model.observation import Facts, Node
from agent.model.vocabulary import Role, Verdict
from agent.snapshot import Since, Snapshot
from agent.verdict import ServerState, StartAnswer
from agent.web.view import ATTENTION, STATES, WOULD_NOT_START, Query, overview, row
from tests.laws import law
from tests.web.samples import WAIVER, behind, silent, subject


def cluster(name: str, verdict: Verdict, would_start: bool | None) -> Snapshot:
    base = silent(name)
    judgement = replace(base.judgement, verdict=verdict, start=StartAnswer(would_start, ""), results=())
    return replace(base, judgement=judgement)


WORST_FIRST = (
    cluster("z", Verdict.UNSUPPORTED, False),
    cluster("a", Verdict.SUPPORTED, False),
    cluster("b", Verdict.UNSUPPORTED, True),
    cluster("c", Verdict.UNKNOWN, None),
    cluster("d", Verdict.UNTESTED, True),
    cluster("e", Verdict.SUPPORTED, True),
    cluster("f", Verdict.SUPPORTED, None),
)


def names(query: Query, *snapshots: Snapshot) -> list[str]:
    return [
        each.name
        for group in overview(map(row, snapshots), query).groups
        for each in (*group.rows, *group.quiet)
    ]


def test_clusters_that_would_not_start_come_first_then_the_worst_verdict_then_the_name() -> None:
    for order in list(permutations(WORST_FIRST))[::97]:
        assert names(Query(), *order) == ["a", "z", "b", "c", "f", "d", "e"]


def test_every_cluster_is_counted_in_one_state_whatever_state_is_filtered() -> None:
    counts = overview(map(row, WORST_FIRST), Query(state="untested")).counts
    assert list(counts) == list(STATES)
    assert counts == {
        WOULD_NOT_START: 2,
        "unsupported": 1,
        "unknown": 2,
        "untested": 1,
        ATTENTION: 0,
        "supported": 1,
    }
    assert sum(counts.values()) == len(WORST_FIRST)
    assert not any(overview(map(row, WORST_FIRST), Query("nothing like it")).counts.values())


@law(
    [
        (Query(), ["orders-live", "payments-live"]),
        (Query("ORDERS"), ["orders-live"]),
        (Query("  schema_behind   postgresql "), ["orders-live"]),
        (Query("live"), ["orders-live", "payments-live"]),
        (Query("orders payments"), []),
        (Query("1.31.2 aurora"), ["orders-live"]),
        (Query("no answer within"), ["orders-live"]),
        (Query(state="unknown"), ["payments-live"]),
        (Query(state=WOULD_NOT_START), ["orders-live"]),
        (Query(state="untested"), []),
        (Query(state="no such state"), ["orders-live", "payments-live"]),
        (Query(environment="live"), ["orders-live"]),
        (Query(environment="nowhere"), []),
        (Query("payments", "unsupported", "live"), []),
        (Query(sort="name"), ["orders-live", "payments-live"]),
        (Query(sort="newest"), ["orders-live", "payments-live"]),
    ],
)
def test_a_search_finds_clusters_with_every_word_the_state_and_the_environment(
    query: Query, found: list[str]
) -> None:
    assert names(query, silent(), behind()) == found


def test_a_role_has_the_verdict_of_its_worst_check_and_the_versions_that_count() -> None:
    cells = row(behind()).cells
    assert list(cells) == [Role.SERVER, Role.PERSISTENCE]
    assert (cells[Role.SERVER].verdict, cells[Role.SERVER].versions) == (
        Verdict.SUPPORTED,
        ("1.30.6", "1.31.2"),
    )
    store = cells[Role.PERSISTENCE]
    assert (store.verdict, store.component, store.versions) == (
        Verdict.UNSUPPORTED,
        "aurora",
        ("15.4 (Debian)",),
    )
    assert not store.waived


def test_a_version_that_is_too_old_to_count_is_not_shown_but_the_servers_last_one_is() -> None:
    base = behind()
    server = ServerState("1.30.6", "1.30.6", None, 0, 0, stale=True)
    aged = replace(base, judgement=replace(base.judgement, fresh=frozenset(), server=server))
    cells = row(aged).cells
    assert cells[Role.SERVER].versions == ("1.30.6",)
    assert cells[Role.PERSISTENCE].versions == ()
    assert cells[Role.PERSISTENCE].component == "postgresql"


def test_a_role_is_waived_only_if_its_worst_check_is() -> None:
    base = behind()
    results = tuple(
        replace(result, waiver=WAIVER) if result.role is Role.PERSISTENCE else result
        for result in base.judgement.results
    )
    waived = replace(base, judgement=replace(base.judgement, results=results))
    assert row(waived).cells[Role.PERSISTENCE].waived
    other = replace(results[-1], waiver=None)
    mixed = replace(base, judgement=replace(base.judgement, results=(*results, other)))
    assert not row(mixed).cells[Role.PERSISTENCE].waived


def test_a_target_that_was_read_and_not_judged_is_unknown() -> None:
    base = behind()
    only = replace(base, judgement=replace(base.judgement, results=()))
    assert {cell.verdict for cell in row(only).cells.values()} == {Verdict.UNKNOWN}


def test_the_same_version_on_many_nodes_is_reported_once() -> None:
    base = behind()
    facts = Facts("postgresql", (Node("15.4"),) * 50)
    observations = (*base.observations[:2], replace(base.observations[2], facts=facts))
    assert row(replace(base, observations=observations)).cells[Role.PERSISTENCE].versions == ("15.4",)


def in_environment(name: str, environment: str, product: str, since: float) -> Snapshot:
    base = cluster(name, Verdict.SUPPORTED, would_start=name != "b")
    return replace(base, subject=subject(name, product, environment), since=Since(since))


def test_groups_are_in_the_order_of_the_configuration_and_fold_what_needs_nothing() -> None:
    shown = [
        in_environment("a", "live", "orders", 1.0),
        in_environment("b", "live", "billing", 2.0),
        in_environment("c", "staging", "orders", 3.0),
        in_environment("d", "", "orders", 4.0),
    ]

    def groups(query: Query) -> list[tuple[str, list[str], list[str]]]:
        found = overview(map(row, shown), query, ("test", "staging", "live")).groups
        return [(group.title, [r.name for r in group.rows], [r.name for r in group.quiet]) for group in found]

    assert groups(Query(group="environment")) == [
        ("staging", [], ["c"]),
        ("live", ["b"], ["a"]),
        ("", [], ["d"]),
    ]
    assert groups(Query(group="product", sort="newest")) == [
        ("orders", [], ["d", "c", "a"]),
        ("billing", ["b"], []),
    ]
    assert groups(Query(group="no such key")) == [("", ["b"], ["a", "c", "d"])]


def test_the_link_of_a_state_keeps_the_rest_of_the_search() -> None:
    address = Query("a b", "unknown", "live", "product", "name").address("untested")
    assert address == "q=a+b&state=untested&environment=live&group=product&sort=name"
