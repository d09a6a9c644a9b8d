"""What `check` says to do: a sentence for each reason, and a command that fits the cluster."""

from __future__ import annotations

import shlex
from dataclasses import replace

from agent.model.vocabulary import Check, Reason, Role, Verdict
from agent.reports.check_document import check_document
from agent.reports.cluster_document import cluster_document
from agent.reports.next_step import command_for, next_step, what_to_do
from agent.verdict import Result, ServerState
from tests.commands import command
from tests.laws import law
from tests.web.samples import behind, silent

FILE = "it's my $(file).yaml"


def finding(reason: Reason, component: str = "postgresql", verdict: Verdict = Verdict.UNSUPPORTED) -> Result:
    return Result(Role.PERSISTENCE, Check.SCHEMA, component, verdict, reason, "")


@law(Reason)
def test_every_reason_has_one_sentence_and_a_command_that_explains_it(reason: Reason) -> None:
    document = check_document(finding(reason))
    sentence = what_to_do(document)
    assert sentence.endswith(".")
    assert len(sentence) <= 200
    words = shlex.split(command_for(document, cluster_document(silent()), FILE))
    assert command(*words[1:]).exit_code == 0


@law(
    [
        ("postgresql", FILE, True),
        ("cassandra", FILE, True),
        ("sqlite", FILE, False),
        ("postgresql", "", False),
    ]
)
def test_a_schema_that_is_behind_is_repaired_by_a_plan(component: str, file: str, is_plan: bool) -> None:
    base = silent("orders-live")
    server = ServerState("1.31.2", "1.31.2", None, 0, 0, stale=False)
    cluster = cluster_document(replace(base, judgement=replace(base.judgement, server=server)))
    words = shlex.split(command_for(check_document(finding(Reason.SCHEMA_BEHIND, component)), cluster, file))
    repair = ["plan", "--config.file", FILE, "--cluster", "orders-live", "--to", "1.31.2"]
    assert words[1:] == (repair if is_plan else ["explain", "schema_behind"])


def test_what_to_do_now_is_for_the_worst_finding_that_nobody_accepted() -> None:
    base = behind()
    step = next_step(cluster_document(base), FILE)
    assert step is not None
    # Two releases run, and the newest needs the newest schema.
    repair = ["plan", "--config.file", FILE, "--cluster", "orders-live", "--to", "1.31.2"]
    assert shlex.split(step.command)[1:] == repair
    (remark,) = base.judgement.remarks
    fine = replace(base.judgement, results=(), remarks=(remark,))
    step = next_step(cluster_document(replace(base, judgement=fine)), FILE)
    assert step is not None
    assert step.command == "temporal-compat-agent explain timeout"
    calm = replace(base, judgement=fine, observations=())
    assert next_step(cluster_document(calm), FILE) is None
    assert base.judgement.server is not None
    old = replace(calm, judgement=replace(fine, server=replace(base.judgement.server, minors_behind=3)))
    step = next_step(cluster_document(old), FILE)
    assert step is not None
    assert shlex.split(step.command)[-2:] == ["--to", "1.31.2"]
