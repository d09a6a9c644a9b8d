"""The order of password checks: many clients that guess must not block a client with the right password."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable

from anyio import CapacityLimiter, to_thread

#: Checks at once. A check is slow by design, so clients that guess must not use the whole machine.
_CONCURRENT_CHECKS = 1

_MAX_WAITING = 256


class PasswordQueue:
    """Clients take turns, a new client first. Of each client, the newest request comes first.

    So the first login of a scraper waits for one or two checks only, however many others wait. In the order
    of arrival it would wait for all. If too many requests wait, the oldest of the busiest client is dropped.
    """

    def __init__(self, max_waiting: int = _MAX_WAITING) -> None:
        self._max_waiting = max_waiting
        self._running = 0
        self._waiting: OrderedDict[str, list[asyncio.Future[bool]]] = OrderedDict()
        self._threads = CapacityLimiter(_CONCURRENT_CHECKS)

    async def check(self, client: str, work: Callable[[], bool]) -> bool | None:
        """What `work` returns, in a thread; None if the request was dropped."""
        if self._running < _CONCURRENT_CHECKS:
            self._running += 1
        elif not await self._turn(client):
            return None
        try:
            return await to_thread.run_sync(work, limiter=self._threads)
        finally:
            self._hand_over()

    async def _turn(self, client: str) -> bool:
        turn: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        if client not in self._waiting:
            self._waiting[client] = []
            self._waiting.move_to_end(client, last=False)
        self._waiting[client].append(turn)
        if sum(map(len, self._waiting.values())) > self._max_waiting:
            self._drop_one()
        return await turn

    def _drop_one(self) -> None:
        client = max(self._waiting, key=lambda name: len(self._waiting[name]))
        self._end(self._waiting[client].pop(0), False)
        if not self._waiting[client]:
            del self._waiting[client]

    def _hand_over(self) -> None:
        while self._waiting:
            client, turns = next(iter(self._waiting.items()))
            turn = turns.pop()
            self._waiting.move_to_end(client)
            if not turns:
                del self._waiting[client]
            if self._end(turn, True):
                return
        self._running -= 1

    def _end(self, turn: asyncio.Future[bool], value: bool) -> bool:
        if turn.done():
            return False  # The client has disconnected.
        turn.set_result(value)
        return True
