"""The keys that a place of the configuration takes, for messages about a key that it does not take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, get_args

from agent.config.document import Place
from agent.config.fields import Model
from agent.model.text import did_you_mean

#: A longer list does not help.
_MAX_KEYS_SHOWN = 12


def unknown_key(kind: type[Model], place: Place, more: Sequence[str] = ()) -> str:
    """What is wrong with the key at the end of this place. `more`: keys that `kind` takes besides its own."""
    *parents, key = place
    models = [kind]
    for parent in parents:
        if isinstance(parent, str):
            models = [model for each in models for model in _models(each, parent)]
    known = [*dict.fromkeys(name for model in models for name in model.model_fields), *more]
    listed = f"the keys here are {', '.join(known)}" if 0 < len(known) <= _MAX_KEYS_SHOWN else ""
    # The key of another kind of entry, such as the role of a waiver of an advisory.
    hint = "" if key in known else did_you_mean(str(key), known, listed)
    return f"unknown key; {hint}" if hint else "unknown key"


def _models(kind: type[Model], key: str) -> Iterator[type[Model]]:
    """The settings below this key."""
    if key in kind.model_fields:
        yield from _in(kind.model_fields[key].annotation)


def _in(annotation: Any) -> Iterator[type[Model]]:
    if isinstance(annotation, type) and issubclass(annotation, Model):
        yield annotation
    for part in get_args(annotation):
        yield from _in(part)
