"""The record of one metric: name, type, labels, meaning, and the function that samples it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property, lru_cache
from operator import itemgetter
from typing import Generic, Literal, TypeVar

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.utils import floatToGoString

PREFIX = "temporal_compat_"

#: The first label of every metric about a cluster.
CLUSTER_LABEL = "temporal_cluster"

#: Added to the help text of every metric whose value comes from the last probe.
AS_OF = "As of the last probe."

#: Label values in the order of the family's labels, and the value.
Sample = tuple[tuple[str, ...], float]

#: What is sampled: the snapshot of a cluster, or the state of the agent.
Source = TypeVar("Source")

_MAX_LABEL_LENGTH = 128

#: Different label values that are kept ready for the text format. A fleet repeats most of them.
_KEPT_LABELS = 16_384

#: The values that most series have.
_FLAGS: Mapping[float, str] = {0.0: "0.0", 1.0: "1.0"}


@dataclass(frozen=True)
class Family(Generic[Source]):
    """One metric family. A cluster's metrics have the label `temporal_cluster` before `labels`."""

    name: str
    kind: Literal["gauge", "counter"]
    labels: tuple[str, ...]
    help: str
    samples: Callable[[Source], Iterable[Sample]]
    longest_label: int = _MAX_LABEL_LENGTH

    @property
    def series(self) -> str:
        """The name of its series, as queries write it."""
        return f"{self.name}_total" if self.kind == "counter" else self.name

    def metric(self, source: Source, common: Mapping[str, str]) -> Metric:
        """The family with its samples, if anything is known. `common`: labels that all families have.

        Raises ValueError if a sample does not have exactly one value for each label.
        """
        metric = self.empty(common)
        for values, value in self._checked(source):
            metric.add_metric([_cut(text, self.longest_label) for text in (*common.values(), *values)], value)
        return metric

    def empty(self, common: Iterable[str]) -> CounterMetricFamily | GaugeMetricFamily:
        """The family without samples. `common`: names of labels that all families have."""
        kind = CounterMetricFamily if self.kind == "counter" else GaugeMetricFamily
        return kind(self.name, self.help, labels=(*common, *self.labels))

    def text(self, source: Source, cluster: str) -> str:
        """The series of one cluster in the text format, which is the same in plain text and OpenMetrics.

        These are the characters that prometheus_client writes for `metric`, in a third of the time.
        Raises ValueError if a sample does not have exactly one value for each label.
        """
        line, order = self._line, self._order
        return "".join(
            line.format(*order((_label(cluster), *map(_label, values), _number(value))))
            for values, value in self._checked(source)
        )

    @cached_property
    def _line(self) -> str:
        """One series, with a place for each label value in the order of the names, and for the value."""
        labels = ",".join(f'{name}="{{}}"' for name in sorted((CLUSTER_LABEL, *self.labels)))
        return f"{self.series}{{{{{labels}}}}} {{}}\n"

    @cached_property
    def _order(self) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
        """Puts the cluster, the label values and the value into the order of `_line`."""
        names = (CLUSTER_LABEL, *self.labels)
        places = sorted(range(len(names)), key=names.__getitem__)
        return itemgetter(*places, len(names))

    def _checked(self, source: Source) -> Iterable[Sample]:
        for sample in self.samples(source):
            if len(sample[0]) != len(self.labels):
                raise ValueError(f"{self.name} has the labels {self.labels}, not the values {sample[0]}")
            yield sample


def gauge(
    name: str,
    labels: str,
    text: str,
    samples: Callable[[Source], Iterable[Sample]],
    longest_label: int = _MAX_LABEL_LENGTH,
) -> Family[Source]:
    """A gauge; `labels` are separated by spaces."""
    return Family(PREFIX + name, "gauge", tuple(labels.split()), text, samples, longest_label)


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


@lru_cache(_KEPT_LABELS)
def _label(text: str) -> str:
    return _cut(text).replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def _number(value: float) -> str:
    return _FLAGS.get(value) or str(floatToGoString(value))  # type: ignore[no-untyped-call]


def _cut(text: str, longest: int = _MAX_LABEL_LENGTH) -> str:
    """A label value of at most `longest` characters; longer values end with a hash, so they stay distinct."""
    if len(text) <= longest:
        return text
    digest = hashlib.sha256(text.encode(errors="replace")).hexdigest()[:12]
    return f"{text[: longest - len(digest) - 1]}~{digest}"
