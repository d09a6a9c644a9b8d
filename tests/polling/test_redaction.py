"""Secrets are masked wherever a probe reports a text; what has none is not copied."""

from __future__ import annotations

from dataclasses import replace

from agent.config.redaction import MASK, Redactor
from agent.model.observation import Facts, Failure, Node, SchemaRow
from agent.model.vocabulary import Reason
from agent.polling.redaction import redacted
from tests.laws import law

SECRET = "hunter2-canary"
PLAIN = Facts("temporal", (Node("1.31.2"),), tables=frozenset({"executions"}), details={"cluster_id": "a"})


def knowing_it() -> Redactor:
    redactor = Redactor(limit=10)
    redactor.remember(SECRET)
    return redactor


def test_facts_without_a_secret_are_the_same_object() -> None:
    assert redacted(PLAIN, knowing_it()) is PLAIN
    assert redacted(PLAIN, Redactor(limit=10)) is PLAIN


@law(
    [
        replace(PLAIN, nodes=(Node("1.31.2"), Node("1.30.4", f"pod of {SECRET}"))),
        replace(PLAIN, tables=frozenset({"executions", SECRET})),
        replace(PLAIN, details={SECRET: "a"}),
        replace(PLAIN, details={"alerts": f"{SECRET[:12]} is cut"}),
        replace(PLAIN, schema=SchemaRow(None, Failure(Reason.BAD_ANSWER, "said", SECRET))),
        replace(PLAIN, gaps=(Failure(Reason.BAD_ANSWER, SECRET),)),
        replace(PLAIN, gaps=(Failure(Reason.BAD_ANSWER, f"https://agent:{SECRET}@db.example.com/"),)),
    ]
)
def test_a_secret_is_masked_in_every_text(facts: Facts) -> None:
    text = str(redacted(facts, knowing_it()))
    assert SECRET[:12] not in text
    assert MASK in text
    assert "1.31.2" in text
