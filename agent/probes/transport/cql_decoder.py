"""What is taken of a node's answers: rows of plain values, as many as an honest node has.

The driver's own decoders are compiled. They count nothing, make many times its bytes of an answer, and follow
a type within a type within a type until the process' stack ends, and the process with it.
"""

from __future__ import annotations

import struct
from typing import Any, ClassVar

from cassandra.cqltypes import BytesType
from cassandra.protocol import RESULT_KIND_ROWS, ResultMessage, _ProtocolHandler, read_short, read_string

from agent.model.vocabulary import Reason
from agent.probes.base import ProbeError

#: No honest answer has more columns, or more values.
_MOST_VALUES = 10_000

#: No honest column has more types within each other.
_MOST_NESTED = 5

# Of the protocol's specification, section "Result", the types that are more than one value.
_CUSTOM, _LIST, _MAP, _SET, _UDT, _TUPLE = 0x00, 0x20, 0x21, 0x22, 0x30, 0x31


class _Rows(ResultMessage):  # type: ignore[misc] # the driver has no types
    """Rows that are counted before they are kept."""

    _values = 0

    def recv(self, f: Any, *how: Any) -> None:
        if self.kind != RESULT_KIND_ROWS:
            raise ProbeError(Reason.BAD_ANSWER, f"an answer of kind {self.kind} instead of rows")
        super().recv(f, *how)

    def recv_results_metadata(self, f: Any, user_type_map: Any) -> None:
        begin = f.tell()
        _, columns = struct.unpack("!ii", f.read(8))
        self._count(columns)
        f.seek(begin)
        super().recv_results_metadata(f, user_type_map)

    def recv_row(self, f: Any, column_count: int) -> Any:
        self._count(column_count)
        return ResultMessage.recv_row(f, column_count)

    @classmethod
    def read_type(cls, f: Any, user_type_map: Any, depth: int = 0) -> Any:
        """The type of a column. What is more than one value stays bytes: nothing here reads it."""
        if depth > _MOST_NESTED:
            raise ProbeError(Reason.BAD_ANSWER, f"more than {_MOST_NESTED} types within each other")
        code = read_short(f)
        parts = {_LIST: 1, _SET: 1, _MAP: 2}.get(code, 0)
        if code in (_CUSTOM, _UDT):
            read_string(f)
        if code == _UDT:
            read_string(f)
        if code in (_UDT, _TUPLE):
            parts = read_short(f)
        for _ in range(parts):
            if code == _UDT:
                read_string(f)
            cls.read_type(f, user_type_map, depth + 1)
        if code in (_CUSTOM, _LIST, _MAP, _SET, _UDT, _TUPLE):
            return BytesType
        if code not in cls.type_codes:
            raise ProbeError(Reason.BAD_ANSWER, f"a column of the unknown type {code}")
        return cls.type_codes[code]

    def _count(self, values: int) -> None:
        self._values += values
        if self._values > _MOST_VALUES:
            raise ProbeError(Reason.ANSWER_TOO_LARGE, f"an answer of more than {_MOST_VALUES} values")


class _Handler(_ProtocolHandler):  # type: ignore[misc] # the driver has no types
    message_types_by_opcode: ClassVar = {
        **_ProtocolHandler.message_types_by_opcode,
        ResultMessage.opcode: _Rows,
    }


#: Decodes one message; what the driver takes as `decoder`.
decode = _Handler.decode_message
