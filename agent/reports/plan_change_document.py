"""The table of a plan: what changes from which version to which."""

from __future__ import annotations

from dataclasses import dataclass

from agent.components.registry import title_of
from agent.reports.document import Document
from agent.upgrade import Plan, StoreChange


@dataclass(frozen=True)
class ChangeDocument(Document):
    """One row of the table of a plan: what changes from which version to which. `backup`: how to keep it."""

    component: str
    current: str
    target: str
    backup: str


def change_documents(plan: Plan) -> tuple[ChangeDocument, ...]:
    """One row for the server, and one for each store with a schema."""
    return (_server(plan), *map(_change, plan.stores))


def _server(plan: Plan) -> ChangeDocument:
    replicas = f" ({plan.replicas} replica{'' if plan.replicas == 1 else 's'})" if plan.replicas else ""
    return ChangeDocument(f"Temporal server{replicas}", plan.start, plan.target, "")


def _change(change: StoreChange) -> ChangeDocument:
    name = f"{change.role} schema ({title_of(change.component)})"
    return ChangeDocument(name, change.current or "-", change.target or "-", change.backup)
