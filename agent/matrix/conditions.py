"""What must be true of a cluster, besides release and stores, for a warning to concern it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from packaging.specifiers import SpecifierSet

from agent.matrix.release import Release, read_specifier
from agent.model.traits import DEFAULT, Trait


@dataclass(frozen=True)
class Seen:
    """What is known about one cluster. `traits`: those that are known, and whether the cluster has them.

    `dynamic`: the values of its dynamic configuration by key in small letters, each as JSON text, and DEFAULT
    where every value has constraints; None: the dynamic configuration is not known.
    """

    traits: tuple[tuple[Trait, bool], ...] = ()
    dynamic: tuple[tuple[str, tuple[str, ...]], ...] | None = None

    def has(self, trait: Trait) -> bool | None:
        """Whether the cluster has this trait; None: not known."""
        return dict(self.traits).get(trait)


#: The facts of a cluster about which nothing is known.
NOTHING_SEEN = Seen()


@dataclass(frozen=True)
class TraitCondition:
    """The cluster has this trait, or with `wanted` False does not have it."""

    trait: Trait
    wanted: bool

    def holds(self, _release: Release, seen: Seen) -> bool | None:
        """Whether it is true; None: not known."""
        has = seen.has(self.trait)
        return None if has is None else has is self.wanted


@dataclass(frozen=True)
class KeyCondition:
    """A key of the dynamic configuration has this value for all, or for some namespaces.

    `word`: what the JSON text of the value equals or, for a list, contains; empty: any value that is not
    empty. `unset`: the answer where the key is not set, by release; without an entry it is not known. `only`:
    the releases that read the key; for any other the condition is true.
    """

    key: str
    word: str
    unset: tuple[tuple[SpecifierSet, bool], ...]
    only: SpecifierSet

    def holds(self, release: Release, seen: Seen) -> bool | None:
        """Whether it is true; None: not known."""
        if not release.version.within(self.only):
            return True
        if seen.dynamic is None:
            return None
        values = dict(seen.dynamic).get(self.key.lower())
        if values is None:
            return self._default(release)
        if any(map(self._matches, values)):
            return True
        return self._default(release) if DEFAULT in values else False

    def _matches(self, value: str) -> bool:
        text = value.lower()
        if not self.word:
            return text not in (DEFAULT, "[]", "{}", "null", '""')
        return text.strip('"') == self.word or f'"{self.word}"' in text

    def _default(self, release: Release) -> bool | None:
        return next((answer for spec, answer in self.unset if release.version.within(spec)), None)


@dataclass(frozen=True)
class UnseenCondition:
    """Something that no file and no answer shows, such as whether callers are trusted."""

    def holds(self, _release: Release, _seen: Seen) -> bool | None:
        """Never known."""
        return None


@dataclass(frozen=True)
class AnyCondition:
    """At least one of these is true."""

    conditions: tuple[Condition, ...]

    def holds(self, release: Release, seen: Seen) -> bool | None:
        """Whether it is true; None: not known."""
        answers = [condition.holds(release, seen) for condition in self.conditions]
        if True in answers:
            return True
        return None if None in answers else False


Condition = TraitCondition | KeyCondition | UnseenCondition | AnyCondition

UNSEEN = UnseenCondition()


def read_conditions(entry: Mapping[str, Any]) -> tuple[Condition, ...]:
    """The conditions of an advisory; those in words alone, or of an unknown kind, are never known."""
    if "when" in entry:
        return tuple(map(_condition, entry["when"]))
    return (UNSEEN,) if entry.get("condition") else ()


def _condition(entry: Mapping[str, Any]) -> Condition:
    if entry.get("trait") in set(Trait):
        return TraitCondition(Trait(entry["trait"]), entry.get("wanted", True))
    if "key" in entry:
        unset = tuple((read_specifier(spec), answer) for spec, answer in entry.get("unset", {}).items())
        only = read_specifier(entry.get("only", "*"))
        return KeyCondition(entry["key"], entry.get("word", ""), unset, only)
    if "any" in entry:
        return AnyCondition(tuple(map(_condition, entry["any"])))
    return UNSEEN


def all_hold(conditions: Sequence[Condition], release: Release, seen: Seen) -> bool | None:
    """Whether every condition is true; None: not known."""
    answers = [condition.holds(release, seen) for condition in conditions]
    if False in answers:
        return False
    return None if None in answers else True
