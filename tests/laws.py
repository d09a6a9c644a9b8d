"""A law: one test over many cases that reports every case which breaks it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from inspect import signature
from typing import Any, cast

import pytest

#: As many broken cases as one failure prints; the rest is counted.
MAX_CASES_SHOWN = 20
#: Characters of one argument in the name of a case.
MAX_NAME_LENGTH = 80


def law(
    cases: Iterable[Any], *, everyday: Iterable[Any] = ()
) -> Callable[[Callable[..., None]], Callable[[], None]]:
    """Run the body of a test once for each case, and fail with every case that breaks it.

    With `everyday`, a run without the tests marked `full` takes only these of the cases: for laws that cost
    many seconds.

    A body with one parameter gets the case; a body with more gets them from a tuple. The failure has the
    number, the arguments and the error of each broken case, and the traceback of the first. A law over all
    releases is one test, so a new release adds no test.
    """
    every, few = list(cases), list(everyday)
    assert every, "a law over no case holds for nothing"

    def over(body: Callable[..., None]) -> Callable[[], None]:
        takes_case = len(signature(body).parameters) == 1

        def run(every: list[Any]) -> None:
            broken = []
            first: BaseException | None = None
            for number, case in enumerate(every, 1):
                arguments = (case,) if takes_case else case
                try:
                    body(*arguments)
                except (Exception, pytest.fail.Exception) as error:
                    broken.append(f"case {number}: {', '.join(map(_name, arguments))}: {_text(error)}")
                    first = first or error
            if broken:
                raise AssertionError(_report(broken, len(every))) from first

        def test() -> None:
            run(every)

        @pytest.mark.parametrize(
            "some", [pytest.param(few, id="everyday"), pytest.param(every, id="all", marks=pytest.mark.full)]
        )
        def test_in_parts(some: list[Any]) -> None:
            run(some)

        made = cast(Callable[[], None], test_in_parts) if few else test
        made.__doc__ = body.__doc__
        return made

    return over


def _report(broken: list[str], count: int) -> str:
    more = len(broken) - MAX_CASES_SHOWN
    shown = "\n\n".join(broken[:MAX_CASES_SHOWN]) + (f"\n\n… and {more} more" if more > 0 else "")
    return f"{len(broken)} of {count} cases break this law:\n{shown}"


def _name(argument: Any) -> str:
    """A short name of an argument: its own name where it has one, as releases, files and functions do."""
    own = getattr(argument, "name", getattr(argument, "__name__", None))
    text = own if isinstance(own, str) and not isinstance(argument, str) else str(argument)
    return text if len(text) <= MAX_NAME_LENGTH else text[: MAX_NAME_LENGTH - 1] + "…"


def _text(error: BaseException) -> str:
    return str(error) if isinstance(error, (AssertionError, pytest.fail.Exception)) else repr(error)
