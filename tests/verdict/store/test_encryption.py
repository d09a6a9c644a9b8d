"""A store that demands TLS, and a server whose own file has none for it."""

from __future__ import annotations

from dataclasses import replace

from agent.model.observation import Failure
from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.verdict import Judgement, ServerFile, StoreSpec
from tests.building import check, judged, subject
from tests.laws import law
from tests.verdict.store.test_prerequisites import MYSQL8, NEW, telling

POSTGRES12 = StoreSpec("postgresql", "postgres12")
PERSISTENCE, VISIBILITY = Role.PERSISTENCE, Role.VISIBILITY
PLAIN = ServerFile(unencrypted_stores=frozenset({PERSISTENCE, VISIBILITY}))
ENCRYPTED = ServerFile()


def judgement(spec: StoreSpec, role: Role, demands: bool | None, file: ServerFile | None) -> Judgement:
    settings = NEW if spec is MYSQL8 else {}
    rows = {PERSISTENCE: "1.19", VISIBILITY: "1.14"}
    stores = {each: telling(settings, each, spec.component, row) for each, row in rows.items()}
    facts = stores[role].facts
    assert facts is not None
    stores[role] = replace(stores[role], facts=replace(facts, demands_tls=demands))
    on = replace(subject(spec, spec), server_file=file, assumed="1.31.2")
    return judged(*stores.values(), on=on)


@law(
    [
        (spec, role, demands, file)
        for spec in (MYSQL8, POSTGRES12)
        for role in (PERSISTENCE, VISIBILITY)
        for demands in (True, False, None)
        for file in (PLAIN, ENCRYPTED, None)
    ],
)
def test_a_server_without_tls_does_not_start_on_a_store_that_demands_it(
    spec: StoreSpec, role: Role, demands: bool | None, file: ServerFile | None
) -> None:
    found = judgement(spec, role, demands, file)
    is_refused = demands is True and file is PLAIN
    assert found.start.would_start is not is_refused
    assert (Reason.TLS_DEMANDED in {finding.reason for finding in found.findings}) is is_refused
    if is_refused:
        result = check(found, role, Check.PREREQUISITES)
        assert (result.verdict, result.reason) == (Verdict.UNSUPPORTED, Reason.TLS_DEMANDED)
        assert "tls: {enabled: true}" in found.start.message
        assert ("mysql.com" if spec is MYSQL8 else "postgresql.org") in result.source


def test_it_is_said_although_other_prerequisites_could_not_be_read() -> None:
    gap = Failure(Reason.BAD_ANSWER, "btree_gin: no such catalogue")
    store = telling({}, VISIBILITY, "postgresql", "1.14")
    assert store.facts is not None
    store = replace(store, facts=replace(store.facts, demands_tls=True, gaps=(gap,)))
    on = replace(subject(POSTGRES12, POSTGRES12), server_file=PLAIN, assumed="1.31.2")
    assert check(judged(store, on=on), VISIBILITY, Check.PREREQUISITES).reason is Reason.TLS_DEMANDED
