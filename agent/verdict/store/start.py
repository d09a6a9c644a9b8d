"""Whether the server would start on a store."""

from __future__ import annotations

from agent.components.registry import title_of
from agent.matrix.roles import refusal
from agent.matrix.schema import is_checked_at_start
from agent.model.roles import role_title
from agent.model.vocabulary import FURTHER_STORE_ROLES, Reason, Role, Verdict
from agent.verdict.check import Outcome
from agent.verdict.result import Result, StartAnswer, worst_start
from agent.verdict.store.prerequisites import prerequisites_of
from agent.verdict.store.secondary import connects_at_start, unread_secondary
from agent.verdict.store.start_tables import missing_tables, unseen_tables, with_start_tables
from agent.verdict.store.store import UNCHECKED, StoreJudge
from agent.verdict.store.wrong_database import with_wrong_database


def start_check(store: StoreJudge) -> Outcome:
    """Whether the last seen release would start on the stores as they are now, even if the server is down."""
    return Outcome(starts=store.starts(_start(store)))


def _start(store: StoreJudge) -> StartAnswer:
    plugin, refused = store.plugins.plugin_result, _refusal(store)
    # A release that has no key for a further store ignores it.
    is_ignored = bool(refused) and store.role in FURTHER_STORE_ROLES
    if plugin is not None and plugin.verdict is Verdict.UNSUPPORTED and not is_ignored:
        return StartAnswer(False, plugin.message)
    if store.role is Role.SECONDARY_VISIBILITY:
        return _start_with_secondary(store)
    # The server starts while its search store is down (temporalio/temporal@v1.24.3:
    # common/persistence/visibility/store/elasticsearch/client/client_v7.go:81).
    is_opened = not store.is_search or connects_at_start(store.running, store.role, store.component)
    if store.facts is None and is_opened:
        return _start_unread(store)
    if refused and not is_ignored:
        return StartAnswer(False, refused)
    if is_checked_at_start(store.component):
        return worst_start([_start_by_schema(store, store.schema_result), *_prerequisites(store)])
    if not store.running.matches:
        return StartAnswer(None, "the server's release is not known")
    if plugin is not None and plugin.verdict is not Verdict.SUPPORTED:
        return StartAnswer(None, plugin.message)
    missing = missing_tables(store.matrix, store.running, store.component, store.role, store.facts)
    if missing:
        # Seen with 1.17.4 to 1.30.4: docs/oracle.md.
        text = f"{missing}, unless connectAttributes has `setup: true`, with which it creates them"
        return StartAnswer(None, f"{role_title(store.role)}: {text}")
    return StartAnswer(True, f"the server does not check the schema of {title_of(store.component)} at start")


def _start_with_secondary(store: StoreJudge) -> StartAnswer:
    if not connects_at_start(store.running, store.role, store.component):
        return UNCHECKED
    if store.facts is None:
        return unread_secondary(*store.view.silence(store.role))
    return worst_start([UNCHECKED, *_prerequisites(store)])


def _start_unread(store: StoreJudge) -> StartAnswer:
    reason, text = store.view.silence(store.role)
    # No release starts without its SQL database: seen with 1.8.2 to 1.31.2 on PostgreSQL and MySQL.
    is_missing = reason is Reason.DATABASE_MISSING and is_checked_at_start(store.component)
    return StartAnswer(False if is_missing else None, f"{role_title(store.role)}: {text}")


def _prerequisites(store: StoreJudge) -> list[StartAnswer]:
    """The prerequisites without which the server does not start, or may not."""
    return [
        StartAnswer(answer.would_start, f"{role_title(store.role)}: {answer.message}")
        for answer in prerequisites_of(store)
        if answer.would_start is not True
    ]


def _start_by_schema(store: StoreJudge, schema: Result | None) -> StartAnswer:
    if schema is None:
        return StartAnswer(None, f"the {role_title(store.role)} schema is not known")
    # Tables that are missing are certain, whatever is not known of the version in the row.
    schema = with_start_tables(schema, store.matrix, store.running, store.facts)
    # A wrong database does not change the answer: the server compares only the version in the row.
    shown = with_wrong_database(schema, store) if schema.verdict is Verdict.UNSUPPORTED else schema
    message = f"{role_title(store.role)}: {shown.message}"
    if schema.verdict is Verdict.UNSUPPORTED or schema.reason is Reason.SCHEMA_UNREADABLE:
        # No release starts without a row or a table, or with a version that it cannot parse.
        return StartAnswer(False, message)
    if schema.verdict is Verdict.UNKNOWN:
        return StartAnswer(None, message)
    lost = store.schema.lost_columns() if store.schema else ""
    if lost:
        return StartAnswer(False, f"{role_title(store.role)}: {lost}")
    return StartAnswer(True, message + unseen_tables(store.facts))


def _refusal(store: StoreJudge) -> str:
    """Why a running release cannot use this store at all, according to its code; empty if all can."""
    for match in store.running.matches:
        reasons = [refusal(release, store.role, store.component) for release in match.releases]
        if reasons and all(reasons) and reasons[0]:
            return reasons[0][0]
    return ""
