"""Whose password is checked next."""

from __future__ import annotations

import asyncio
import threading

from agent.web.password_queue import PasswordQueue


async def order(arrivals: list[tuple[str, str]], most_waiting: int = 100) -> tuple[list[str], list[str]]:
    """Names in the order of their checks, and those that had none; all arrive while the first is checked."""
    queue = PasswordQueue(most_waiting)
    gate = threading.Event()
    checked: list[str] = []

    def work(name: str) -> bool:
        gate.wait(10)
        checked.append(name)
        return True

    tasks = {}
    for client, name in arrivals:
        tasks[name] = asyncio.create_task(queue.check(client, lambda name=name: work(name)))  # type: ignore[misc]
        await asyncio.sleep(0)
    gate.set()
    answers = dict(zip(tasks, await asyncio.gather(*tasks.values()), strict=True))
    assert {name for name, answer in answers.items() if answer} == set(checked)
    return checked, [name for name, answer in answers.items() if answer is None]


def test_clients_take_turns_and_of_each_the_newest_goes_first() -> None:
    arrivals = [("a", "a1"), ("a", "a2"), ("a", "a3"), ("b", "b1"), ("b", "b2"), ("c", "c1")]
    assert asyncio.run(order(arrivals)) == (["a1", "c1", "b2", "a3", "b1", "a2"], [])


def test_the_oldest_of_the_client_with_the_most_is_dropped() -> None:
    arrivals = [("a", "a1"), ("b", "b1"), ("a", "a2"), ("a", "a3"), ("a", "a4")]
    assert asyncio.run(order(arrivals, 3)) == (["a1", "a4", "b1", "a3"], ["a2"])


def test_a_client_that_left_is_skipped() -> None:
    async def scenario() -> list[bool | None]:
        queue = PasswordQueue()
        gate = threading.Event()
        first = asyncio.create_task(queue.check("a", lambda: gate.wait(10)))
        await asyncio.sleep(0)
        gone = asyncio.create_task(queue.check("b", lambda: True))
        stays = asyncio.create_task(queue.check("b", lambda: False))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.sleep(0)
        gate.set()
        return [await first, await stays, await queue.check("c", lambda: True)]

    assert asyncio.run(scenario()) == [True, False, True]


def test_a_check_that_fails_lets_the_next_one_go_on() -> None:
    def broken() -> bool:
        raise ValueError("invalid salt")

    async def scenario() -> bool | None:
        queue = PasswordQueue()
        await asyncio.gather(queue.check("a", broken), return_exceptions=True)
        return await queue.check("a", lambda: True)

    assert asyncio.run(scenario()) is True
