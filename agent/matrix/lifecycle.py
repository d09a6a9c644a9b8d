"""End-of-life dates of the software that Temporal depends on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache

from agent.components.registry import lifecycle_product
from agent.model.versions import UnreadableVersionError, parse


class Lifecycle:
    """Release cycles by product: when each was published, and when it ends where a date is known."""

    def __init__(self, products: Mapping[str, Mapping[str, Sequence[str | bool]]]) -> None:
        self._ends = {
            product: {
                cycle: date.fromisoformat(end) for cycle, (_, end) in cycles.items() if isinstance(end, str)
            }
            for product, cycles in products.items()
        }
        self._cycles = {product: frozenset(cycles) for product, cycles in products.items()}
        self.first_released = {
            product: {cycle: date.fromisoformat(str(start)) for cycle, (start, _) in cycles.items()}
            for product, cycles in products.items()
        }
        self.end_of_life = lru_cache(maxsize=4096)(self._end_of_life)

    def _end_of_life(self, component: str, flavor: str, raw: str) -> date | None:
        """The day on which a version's cycle ends. None: the cycle is not known, or its end is not.

        The most specific cycle counts: Elasticsearch 8.17 ends before 8 does.
        """
        product = lifecycle_product(component, flavor)
        try:
            version = parse(raw)
        except UnreadableVersionError:
            return None
        cycles = self._cycles.get(product, frozenset())
        cycle = next((name for name in map(version.series, (2, 1)) if name in cycles), None)
        return self._ends[product].get(cycle) if cycle is not None else None
