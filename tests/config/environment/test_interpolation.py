"""Variables in values, as Docker Compose replaces them."""

from __future__ import annotations

import pytest

from agent.config.environment.interpolation import InterpolationError, substitute
from tests.laws import law

VARIABLES = {"A": "a", "EMPTY": "", "DOLLAR": "$A"}


@law(
    [
        ("", ""),
        ("no variable", "no variable"),
        ("$A", "a"),
        ("$A.$A", "a.a"),
        ("x${A}y", "xay"),
        ("$$A $${A}", "$A ${A}"),
        ("${NOT:-y}", "y"),
        ("${NOT-y}", "y"),
        ("${EMPTY:-y}", "y"),
        ("${EMPTY-y}", ""),
        ("${A:-y}", "a"),
        ("${A:?must be set}", "a"),
        ("${EMPTY?must be set}", ""),
        ("${A:+y}${EMPTY:+n}${EMPTY+y}${NOT+n}", "yy"),
        ("${NOT:-${ALSO_NOT:-$A}}!", "a!"),
        ("${NOT:-a:-b}", "a:-b"),
        ("${NOT:-}", ""),
        ("$DOLLAR", "$A"),
    ]
)
def test_a_text_has_the_values_of_its_variables(text: str, value: str) -> None:
    assert substitute(text, VARIABLES) == value


@law(
    [
        ("$NOT", "needs the variable NOT"),
        ("${NOT}", "needs the variable NOT"),
        ("${NOT:?secret words}", "needs the variable NOT"),
        ("${EMPTY:?secret words}", "needs the variable EMPTY"),
        ("${A", "without a `}`"),
        ("${}", "not valid"),
        ("${A!b}", "not valid"),
        ("${1}", "not valid"),
        ("$1", "write `$$`"),
        ("cost: 5$", "write `$$`"),
        ("${a:-" * 50 + "}" * 50, "too many variables"),
        ("${A}" * 70000, "too long"),
    ]
)
def test_what_has_no_value_says_why_and_quotes_no_text(text: str, why: str) -> None:
    with pytest.raises(InterpolationError, match=why.replace("$", r"\$")) as caught:
        substitute(text, VARIABLES)
    assert "secret" not in str(caught.value)
