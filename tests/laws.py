"""A law: one test over many cases that reports every case which breaks it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from agent.matrix import Release

#: As many broken cases as one failure prints; the rest is counted.
MAX_CASES_SHOWN = 20


def law(cases: Iterable[Any]) -> Callable[[Callable[..., None]], Callable[[], None]]:
    """Run the body of a test once a case and fail with all that broke it; a tuple gives several arguments.

    A law over all releases is one test, so a new release adds no test id, and a failure names every release.
    """
    every = [case if isinstance(case, tuple) else (case,) for case in cases]
    assert every, "a law over no case holds for nothing"

    def over(body: Callable[..., None]) -> Callable[[], None]:
        def test() -> None:
            broken = []
            for case in every:
                try:
                    body(*case)
                except AssertionError as error:
                    broken.append(f"{', '.join(map(_name, case))}: {error}")
            more = len(broken) - MAX_CASES_SHOWN
            shown = "\n\n".join(broken[:MAX_CASES_SHOWN]) + (f"\n\n… and {more} more" if more > 0 else "")
            assert not broken, f"{len(broken)} of {len(every)} cases break this law:\n{shown}"

        test.__doc__ = body.__doc__
        return test

    return over


def _name(argument: Any) -> str:
    return argument.name if isinstance(argument, Release) else str(argument)
