"""What is said of an index: never more than its mapping shows, and never that the server would not start."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from agent.matrix import IndexVersion, Need
from agent.model.observation import Facts, Failure, Node, Observation, SearchIndex, Target
from agent.model.versions import parse
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict import ClusterSpec, Judgement, StoreSpec
from agent.verdict.store import search_index as judged_index
from tests.building import (
    MATRIX,
    NOW,
    POSTGRESQL,
    TIMEOUT,
    check,
    judged_as,
    judged_live,
    observation,
    subject,
)
from tests.laws import law

ELASTIC = StoreSpec("elasticsearch", "v8")


def mapping(version: int) -> dict[str, str]:
    template = [t for t in MATRIX.index_templates.all if t.version == version][-1]
    return {name: sorted(types)[-1] for name, types in template.fields.items()}


def index_of(version: int, template: int | None = None) -> SearchIndex:
    return SearchIndex(mapping(version), template=None if template is None else mapping(template))


def observed(
    index: SearchIndex | None,
    role: Role = Role.VISIBILITY,
    version: str = "8.5.3",
    component: str = "elasticsearch",
    configured: str = "elasticsearch",
) -> Observation:
    facts = Facts(component, (Node(version),), index=index)
    return Observation(Target(role, configured, "api"), NOW, facts=facts, observed=NOW, attempts=1)


def reported(
    server: str,
    *observations: Observation,
    spec: StoreSpec = ELASTIC,
    role: Role = Role.VISIBILITY,
    plugins: tuple[str, ...] = (),
) -> Judgement:
    # A search store may stand beside SQL by its own role alone.
    first = {Role.VISIBILITY: spec, Role.SECONDARY_VISIBILITY: ELASTIC}.get(role, POSTGRESQL)
    on: ClusterSpec = subject(visibility=first)
    seen = [
        observation(Role.SERVER, server, plugins={Role.VISIBILITY: plugins} if plugins else {}),
        observation(Role.PERSISTENCE, "15.4", schema="1.19"),
    ]
    if role is not Role.VISIBILITY:
        on = replace(on, stores={**on.stores, role: spec})
        database = observation(Role.VISIBILITY, "15.4", schema="1.14")
        seen.append(database if first is POSTGRESQL else observed(index_of(14)))
    return judged_as(server, *seen, *observations, on=on)


@law(
    [
        ("1.31.2", 14, Verdict.SUPPORTED, Reason.SCHEMA_CURRENT, 0),
        ("1.31.2", 13, Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND, -1),
        ("1.31.2", 0, Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND, -14),
        ("1.31.2", 9, Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND, None),
        ("1.29.1", 9, Verdict.SUPPORTED, Reason.SCHEMA_CURRENT, None),
        ("1.29.1", 14, Verdict.SUPPORTED, Reason.SCHEMA_AHEAD, 5),
        ("1.24.2", 9, Verdict.SUPPORTED, Reason.SCHEMA_AHEAD, None),
        # Which of two releases it is decides, or does not.
        ("1.10.0", 0, Verdict.UNKNOWN, Reason.RELEASE_AMBIGUOUS, None),
        ("1.10.0", 1, Verdict.SUPPORTED, Reason.SCHEMA_CURRENT, None),
        # Newer than anything known: what was needed before is needed still.
        ("1.99.0", 13, Verdict.UNSUPPORTED, Reason.SCHEMA_BEHIND, None),
        ("1.99.0", 14, Verdict.UNKNOWN, Reason.RELEASE_UNKNOWN, None),
    ],
)
def test_an_index_against_what_the_server_needs(
    server: str, version: int, verdict: Verdict, reason: Reason, drift: int | None
) -> None:
    judgement = reported(server, observed(index_of(version)))
    schema = check(judgement, Role.VISIBILITY, Check.SCHEMA)
    assert (schema.verdict, schema.reason) == (verdict, reason), schema.message
    (state,) = [state for state in judgement.schemas if state.role is Role.VISIBILITY]
    assert state.drift == drift


@law(
    product(
        [Role.VISIBILITY, Role.SECONDARY_VISIBILITY, Role.SEARCH],
        [
            index_of(1),
            SearchIndex({}),
            SearchIndex(None, Failure(Reason.INDEX_MISSING, "there is no index")),
            SearchIndex(None, Failure(Reason.PERMISSION_DENIED, "may not")),
        ],
    )
)
def test_the_server_starts_whatever_the_index_is(role: Role, index: SearchIndex) -> None:
    # From 1.21 on a search store beside advanced SQL visibility is refused, whatever its index is.
    judgement = reported("1.20.5" if role is Role.SEARCH else "1.24.2", observed(index, role), role=role)
    assert judgement.start.would_start is True
    schema = check(judgement, role, Check.SCHEMA)
    wanted = Verdict.UNKNOWN if schema.reason is Reason.PERMISSION_DENIED else Verdict.UNSUPPORTED
    assert schema.verdict is wanted
    assert judgement.verdict is Verdict.UNSUPPORTED or schema.verdict is Verdict.UNKNOWN


def test_the_server_starts_while_its_search_store_is_down() -> None:
    silent = Observation(
        Target(Role.VISIBILITY, "elasticsearch", "api"), NOW, failure=TIMEOUT, attempts=1, failures=1
    )
    judgement = reported("1.31.2", silent)
    assert judgement.verdict is Verdict.UNKNOWN
    assert check(judgement, Role.VISIBILITY, Check.SCHEMA).reason is Reason.TIMEOUT
    assert judgement.start.would_start is True


def test_releases_without_versions_of_their_templates_have_no_schema_check() -> None:
    judgement = reported("1.9.2", observed(index_of(0), Role.SEARCH, "7.10.2"), role=Role.SEARCH)
    kinds = {result.check for result in judgement.results if result.role is Role.SEARCH}
    assert Check.SCHEMA not in kinds
    assert Check.VERSION in kinds


@pytest.mark.parametrize(
    ("server", "client", "reason", "starts"),
    [
        ("1.31.2", "v6", Reason.PLUGIN_NOT_IN_RELEASE, False),
        ("1.31.2", "v8", Reason.PLUGIN_AVAILABLE, True),
        ("1.31.2", "v7", Reason.PLUGIN_AVAILABLE, True),
    ],
)
def test_a_client_that_the_release_does_not_take_keeps_it_from_starting(
    server: str, client: str, reason: Reason, starts: bool
) -> None:
    judgement = reported(server, observed(index_of(14)), spec=StoreSpec("elasticsearch", client))
    assert check(judgement, Role.VISIBILITY, Check.PLUGIN).reason is reason
    assert judgement.start.would_start is starts


def test_a_search_store_with_a_client_that_the_release_lacks_keeps_it_from_starting() -> None:
    spec = StoreSpec("elasticsearch", "v6")
    judgement = reported("1.20.4", observed(index_of(4), Role.SEARCH, "7.10.2"), spec=spec, role=Role.SEARCH)
    assert judgement.start.would_start is False


@pytest.mark.parametrize(
    ("server", "first", "starts"),
    [
        ("1.31.2", ELASTIC, False),
        ("1.21.0", StoreSpec("postgresql", "postgres"), False),
        # Before 1.21 it is left out.
        ("1.20.4", StoreSpec("postgresql", "postgres"), True),
    ],
)
def test_a_server_does_not_start_only_because_of_the_client_of_a_second_visibility_store(
    server: str, first: StoreSpec, starts: bool
) -> None:
    role = Role.SECONDARY_VISIBILITY
    on = subject(StoreSpec("postgresql", "postgres" if first is not ELASTIC else "postgres12"), first)
    on = replace(on, stores={**on.stores, role: StoreSpec("elasticsearch", "v6")}, assumed=server)
    needed = ((Role.PERSISTENCE, "1.19"), (Role.VISIBILITY, "1.14"))
    seen = [observation(each, "13.1", schema=version) for each, version in needed]
    judgement = judged_live(observed(index_of(3), role), *(seen if first is not ELASTIC else seen[:1]), on=on)
    plugin = check(judgement, role, Check.PLUGIN)
    assert plugin.verdict is Verdict.UNSUPPORTED
    assert judgement.start.would_start is starts
    assert (judgement.start.message == plugin.message) is not starts


@pytest.mark.parametrize(("server", "starts"), [("1.24.3", False), ("1.25.0", True), ("1.31.2", True)])
def test_an_advanced_store_that_no_key_names_any_more_keeps_nothing_from_starting(
    server: str, starts: bool
) -> None:
    on = subject()
    on = replace(on, stores={**on.stores, Role.SEARCH: StoreSpec("elasticsearch", "v6")}, assumed=server)
    needed = ((Role.PERSISTENCE, "1.19"), (Role.VISIBILITY, "1.14"))
    seen = [observation(each, "15.4", schema=version) for each, version in needed]
    judgement = judged_live(observed(index_of(3), Role.SEARCH), *seen, on=on)
    assert check(judgement, Role.SEARCH, Check.PLUGIN).verdict is Verdict.UNSUPPORTED
    assert judgement.start.would_start is starts


def test_without_a_configured_search_client_there_is_no_check() -> None:
    judgement = reported("1.31.2", observed(index_of(14)), spec=StoreSpec("elasticsearch"))
    assert Check.PLUGIN not in {r.check for r in judgement.results if r.role is Role.VISIBILITY}


@pytest.mark.parametrize("component", ["elasticsearch", "opensearch"])
def test_the_server_calls_both_kinds_elasticsearch(component: str) -> None:
    store = observed(index_of(14), version="2.19.1", component="opensearch", configured=component)
    judgement = reported("1.31.2", store, spec=StoreSpec(component), plugins=("elasticsearch",))
    version = check(judgement, Role.VISIBILITY, Check.VERSION)
    assert (version.verdict, version.component) == (Verdict.SUPPORTED, component), version.message
    assert judgement.verdict is Verdict.SUPPORTED
    assert judgement.findings == ()


def test_of_two_plugins_the_second_is_the_second_store() -> None:
    role = Role.SECONDARY_VISIBILITY
    told_of_both = reported(
        "1.31.2", observed(index_of(14), role), role=role, plugins=("elasticsearch", "elasticsearch")
    )
    assert told_of_both.verdict is Verdict.SUPPORTED, told_of_both.findings
    turned = reported("1.31.2", observed(index_of(14), role), role=role, plugins=("elasticsearch", "mysql8"))
    assert check(turned, role, Check.VERSION).reason is Reason.OTHER_STORE
    assert Check.REQUIRED not in {r.check for r in turned.results if r.role is role}


def test_a_second_visibility_store_is_nothing_that_older_releases_have() -> None:
    role = Role.SECONDARY_VISIBILITY
    judgement = reported("1.20.4", observed(index_of(4), role, "7.17.28"), role=role)
    assert check(judgement, role, Check.VERSION).reason is Reason.COMPONENT_NOT_SUPPORTED


@pytest.mark.parametrize(
    ("template", "finding"), [(13, True), (9, True), (14, False), (None, False)], ids=str
)
def test_a_template_that_is_too_old_is_a_finding_and_no_verdict(template: int | None, finding: bool) -> None:
    judgement = reported("1.31.2", observed(index_of(14, template)))
    assert judgement.verdict is Verdict.SUPPORTED
    assert [remark.reason for remark in judgement.remarks] == [Reason.TEMPLATE_BEHIND] * finding


def test_what_is_missing_is_named() -> None:
    message = check(reported("1.31.2", observed(index_of(13))), Role.VISIBILITY, Check.SCHEMA).message
    assert "TemporalExternalPayloadCount, TemporalExternalPayloadSizeBytes" in message
    message = check(reported("1.31.2", observed(SearchIndex({}))), Role.VISIBILITY, Check.SCHEMA).message
    assert " more" in message


def test_an_index_of_no_template_has_no_schema_state() -> None:
    judgement = reported("1.31.2", observed(SearchIndex({"a": "text"})))
    assert [state.role for state in judgement.schemas] == [Role.PERSISTENCE]


def test_without_template_versions_there_is_no_schema_state() -> None:
    judgement = reported("1.3.0", observed(index_of(0)))
    assert Role.VISIBILITY not in {state.role for state in judgement.schemas}


def test_a_release_without_the_key_is_not_reported_to_accept_its_value() -> None:
    spec = StoreSpec("elasticsearch", "v7")
    specs = subject(visibility=None)
    search = replace(specs, stores={**specs.stores, Role.SEARCH: spec})
    seen = observed(index_of(0), role=Role.SEARCH)
    result = check(judged_live(observation(Role.SERVER, "1.3.0"), seen, on=search), Role.SEARCH, Check.PLUGIN)
    assert (result.verdict, result.reason) == (Verdict.SUPPORTED, Reason.NOT_USED)


def test_a_range_around_what_is_needed_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """No release needs 10 so far; one that does could not be judged on an index that is 9 or 10."""
    ten = parse("10")
    monkeypatch.setattr(judged_index, "index_need", lambda _match: Need(ten, ten, Reason.RELEASE_KNOWN))
    assert MATRIX.index_templates.version(mapping(9)) == IndexVersion(9, 10)
    schema = check(reported("1.31.2", observed(index_of(9))), Role.VISIBILITY, Check.SCHEMA)
    assert (schema.verdict, schema.reason) == (Verdict.UNKNOWN, Reason.INDEX_VERSION_AMBIGUOUS)
