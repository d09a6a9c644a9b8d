"""Who is next to have a password checked: many who guess must not keep out somebody who knows."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable

from anyio import CapacityLimiter, to_thread

#: A hash is slow to check by design, so one at a time: strangers who guess never take the whole machine.
_AT_ONCE = 1

_MOST_WAITING = 256


class PasswordQueue:
    """Clients take turns, one that just came first, and of each client the newest request.

    So a scraper's first login waits for a check or two, however many others wait: first come, first served
    would let it wait for all of them. What waits longest is dropped when too many do.
    """

    def __init__(self, most_waiting: int = _MOST_WAITING) -> None:
        self._most_waiting = most_waiting
        self._running = 0
        self._waiting: OrderedDict[str, list[asyncio.Future[bool]]] = OrderedDict()
        self._threads = CapacityLimiter(_AT_ONCE)

    async def check(self, client: str, work: Callable[[], bool]) -> bool | None:
        """What `work` returns, in a thread; None: it never had its turn."""
        if self._running < _AT_ONCE:
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
        if sum(map(len, self._waiting.values())) > self._most_waiting:
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
            return False  # Its client has gone.
        turn.set_result(value)
        return True
