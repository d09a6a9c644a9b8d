"""Whether a store takes writes.

A Temporal server writes to its persistence store when it starts, and exits where it may not. It starts on a
visibility store that takes no writes, but records no workflows there. Seen with 1.8.2, 1.20.4, 1.24.2 and
1.31.2 on PostgreSQL 15 (both) and MySQL 8.0.33 (the first).
"""

from __future__ import annotations

from collections.abc import Mapping

from agent.model.vocabulary import Reason, Role, Verdict
from agent.verdict.store.answer import Answer

_MYSQL = "https://dev.mysql.com/doc/refman/8.0/en/server-system-variables.html#sysvar_read_only"
_AURORA = "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Reference.html"
_POSTGRESQL = "https://www.postgresql.org/docs/current/hot-standby.html"
_DEFAULT = (
    "https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-DEFAULT-TRANSACTION-READ-ONLY"
)
_TIDB = "https://github.com/temporalio/temporal/issues/1684"
_BINLOG = "https://dev.mysql.com/doc/refman/8.0/en/binary-log-setting.html"

#: Each with what else lets a session write, and its source.
_READ_ONLY = {
    "innodb_read_only": ("point the server at the writer of the cluster", _AURORA),
    "super_read_only": ("point the server at the primary, or switch super_read_only off", _MYSQL),
    "read_only": (
        "point the server at the primary, or switch read_only off; only a user with CONNECTION_ADMIN or SUPER"
        " may write all the same",
        _MYSQL,
    ),
}


def refused_writes(role: Role, settings: Mapping[str, str]) -> Answer | None:
    """Why this store refuses writes; nothing where it takes them, or where its settings are not known."""
    if settings.get("in_recovery") == "on":
        message = "this PostgreSQL is a standby, which takes no writes: point the server at the primary"
        return _refused(role, message, _POSTGRESQL)
    if settings.get("default_transaction_read_only") == "on":
        place = settings["read_only_for"]
        message = f"default_transaction_read_only is on for {place}: switch it off, or no session may write"
        return _refused(role, message, _DEFAULT)
    for variable, (remedy, source) in _READ_ONLY.items():
        if _is_on(settings.get(variable, "")):
            return _refused(role, f"{variable} is on: {remedy}", source)
    return None


def refused_binlog(role: Role, settings: Mapping[str, str]) -> Answer | None:
    """Whether the binary log's format refuses the server's writes."""
    if not _is_on(settings.get("log_bin", "")) or settings.get("binlog_format", "").upper() != "STATEMENT":
        return None
    message = (
        "the binary log is on and binlog_format is STATEMENT, with which InnoDB refuses writes at the"
        " isolation level READ COMMITTED that the server sets: set binlog_format to ROW"
    )
    return Answer(
        Verdict.UNSUPPORTED,
        Reason.BINLOG_FORMAT_STATEMENT,
        message,
        _BINLOG,
        would_start=role is not Role.PERSISTENCE,
    )


def refused_locks(flavor: str, settings: Mapping[str, str]) -> Answer | None:
    """Whether TiDB refuses the locks with which Temporal reads.

    `WARN` accepts the words with a warning.
    """
    if flavor != "tidb" or settings.get("tidb_enable_noop_functions", "").upper() not in ("OFF", "0"):
        return None
    message = (
        "tidb_enable_noop_functions is OFF, with which TiDB refuses LOCK IN SHARE MODE, which Temporal reads"
        " with: set it to ON, with SET GLOBAL tidb_enable_noop_functions = ON"
    )
    return Answer(Verdict.UNSUPPORTED, Reason.COMPONENT_NOT_SUPPORTED, message, _TIDB)


def _refused(role: Role, message: str, source: str) -> Answer:
    return Answer(
        Verdict.UNSUPPORTED, Reason.READ_ONLY, message, source, would_start=role is not Role.PERSISTENCE
    )


def _is_on(value: str) -> bool:
    """MariaDB 12 has further words besides ON for `read_only`."""
    return value.upper() not in ("", "OFF", "0")
