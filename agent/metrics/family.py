"""The record of one metric: name, type, labels, meaning, and the function that samples it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Generic, Literal, TypeVar

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

PREFIX = "temporal_compat_"

#: Added to the help text of every metric whose value comes from the last probe.
AS_OF = "As of the last probe."

#: Label values in the order of the family's labels, and the value.
Sample = tuple[tuple[str, ...], float]

#: What is sampled: the snapshot of a cluster, or the state of the agent.
Source = TypeVar("Source")

_MAX_LABEL_LENGTH = 128


@dataclass(frozen=True)
class Family(Generic[Source]):
    """One metric family. A cluster's metrics have the label `temporal_cluster` before `labels`."""

    name: str
    kind: Literal["gauge", "counter"]
    labels: tuple[str, ...]
    help: str
    samples: Callable[[Source], Iterable[Sample]]

    @property
    def series(self) -> str:
        """The name of its series, as queries write it."""
        return f"{self.name}_total" if self.kind == "counter" else self.name

    def metric(self, source: Source, common: Mapping[str, str]) -> Metric:
        """The family with its samples, if anything is known. `common`: labels that all families have.

        Raises ValueError if a sample does not have exactly one value for each label.
        """
        kind = CounterMetricFamily if self.kind == "counter" else GaugeMetricFamily
        metric = kind(self.name, self.help, labels=(*common, *self.labels))
        for values, value in self.samples(source):
            if len(values) != len(self.labels):
                raise ValueError(f"{self.name} has the labels {self.labels}, not the values {values}")
            metric.add_metric([_cut(text) for text in (*common.values(), *values)], value)
        return metric


def gauge(name: str, labels: str, text: str, samples: Callable[[Source], Iterable[Sample]]) -> Family[Source]:
    """A gauge; `labels` are separated by spaces."""
    return Family(PREFIX + name, "gauge", tuple(labels.split()), text, samples)


def counter(
    name: str, labels: str, text: str, samples: Callable[[Source], Iterable[Sample]]
) -> Family[Source]:
    """A counter; its series get the suffix `_total`."""
    return Family(PREFIX + name, "counter", tuple(labels.split()), text, samples)


def collect(families: Sequence[Family[Source]], source: Source, common: Mapping[str, str]) -> list[Metric]:
    """Every family with its samples, including families without samples."""
    return [family.metric(source, common) for family in families]


def midnight(day: date) -> float:
    """The first second of a day in UTC, as Unix time."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()


def _cut(text: str) -> str:
    """A label value of at most 128 characters; longer values end with a hash, so they stay distinct."""
    if len(text) <= _MAX_LABEL_LENGTH:
        return text
    digest = hashlib.sha256(text.encode(errors="replace")).hexdigest()[:12]
    return f"{text[: _MAX_LABEL_LENGTH - len(digest) - 1]}~{digest}"
