"""Whether what the agent sees of a cluster makes the condition of a warning true, false, or neither."""

from __future__ import annotations

from typing import Any

from agent.matrix import NOTHING_SEEN, Release, Seen
from agent.matrix.conditions import all_hold, read_conditions
from agent.model.traits import DEFAULT, Trait
from tests.building import MATRIX
from tests.laws import law

KEY = {"key": "frontend.ListWorkersEnabled", "word": "true", "unset": {"<1.30.0": False, ">=1.30.0": True}}
LISTED = {"key": "workercontroller.enabled", "word": "subprocess", "unset": {"*": True}}
FILLED = {"key": "component.callbacks.allowedAddresses", "unset": {"*": False}}
ONLY = KEY | {"only": "<1.31.0"}
AUTHORIZER = {"trait": "authorizer"}
NO_ARCHIVAL = {"trait": "archival", "wanted": False}


def release(name: str) -> Release:
    found = MATRIX.releases.named(name)
    assert found is not None
    return found


def dynamic(**values: tuple[str, ...]) -> Seen:
    return Seen(dynamic=tuple((key.replace("_", "."), texts) for key, texts in values.items()))


def has(trait: Trait, answer: bool) -> Seen:
    return Seen(((trait, answer),))


@law(
    [
        (AUTHORIZER, "1.31.2", has(Trait.AUTHORIZER, True), True),
        (AUTHORIZER, "1.31.2", has(Trait.AUTHORIZER, False), False),
        (AUTHORIZER, "1.31.2", NOTHING_SEEN, None),
        (NO_ARCHIVAL, "1.21.6", has(Trait.ARCHIVAL, True), False),
        (NO_ARCHIVAL, "1.21.6", has(Trait.ARCHIVAL, False), True),
        (NO_ARCHIVAL, "1.21.6", NOTHING_SEEN, None),
        # Not known what is set; nothing is set; set for all; set for one namespace only.
        (KEY, "1.29.7", NOTHING_SEEN, None),
        (KEY, "1.29.7", dynamic(), False),
        (KEY, "1.30.6", dynamic(), True),
        (KEY, "1.29.7", dynamic(frontend_listworkersenabled=("true",)), True),
        (KEY, "1.30.6", dynamic(frontend_listworkersenabled=("false",)), False),
        (KEY, "1.30.6", dynamic(frontend_listworkersenabled=("false", DEFAULT)), True),
        (KEY, "1.29.7", dynamic(frontend_listworkersenabled=("false", DEFAULT)), False),
        (LISTED, "1.31.2", dynamic(workercontroller_enabled=('["aws", "subprocess"]',)), True),
        (LISTED, "1.31.2", dynamic(workercontroller_enabled=('["aws"]',)), False),
        (LISTED, "1.31.2", dynamic(), True),
        (FILLED, "1.31.2", dynamic(component_callbacks_allowedaddresses=("[]",)), False),
        (FILLED, "1.31.2", dynamic(component_callbacks_allowedaddresses=('[{"Pattern": "*"}]',)), True),
        (FILLED, "1.31.2", dynamic(), False),
        # A release that does not read the key.
        (ONLY, "1.31.2", dynamic(frontend_listworkersenabled=("false",)), True),
        ({"any": [AUTHORIZER, KEY]}, "1.29.7", Seen(((Trait.AUTHORIZER, True),)), True),
        ({"any": [AUTHORIZER, KEY]}, "1.29.7", Seen(((Trait.AUTHORIZER, False),), ()), False),
        ({"any": [AUTHORIZER, KEY]}, "1.29.7", Seen(((Trait.AUTHORIZER, False),)), None),
        # Nothing shows it; an older agent does not know the kind or the trait.
        ({}, "1.31.2", NOTHING_SEEN, None),
        ({"weather": "rain"}, "1.31.2", has(Trait.AUTHORIZER, True), None),
        ({"trait": "is_haunted"}, "1.31.2", has(Trait.AUTHORIZER, True), None),
    ]
)
def test_a_condition_is_true_false_or_not_known(
    entry: dict[str, Any], name: str, seen: Seen, answer: bool | None
) -> None:
    assert all_hold(read_conditions({"when": [entry]}), release(name), seen) is answer


def test_one_condition_that_is_false_decides_and_words_alone_are_never_known() -> None:
    without = has(Trait.AUTHORIZER, False)
    assert all_hold(read_conditions({"when": [AUTHORIZER, {}]}), release("1.31.2"), without) is False
    assert all_hold(read_conditions({"condition": "it rains"}), release("1.31.2"), without) is None
    assert all_hold(read_conditions({}), release("1.31.2"), without) is True
