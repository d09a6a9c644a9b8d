"""What can be read from an expression without evaluating it."""

import re
from collections.abc import Iterator

from .contract import METRICS

TARGET = frozenset({"job", "instance"})
SELECTOR = re.compile(r"(?<![\w:])temporal_compat_(\w+)(?:\{([^}]*)\})?")
MATCHED = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)")


def unknown_names(expr: str) -> Iterator[str]:
    """Metrics that don't exist, and labels by which a metric is selected that it does not have."""
    for metric, matchers in SELECTOR.findall(expr):
        if metric not in METRICS:
            yield metric
        else:
            yield from (
                f"{metric}{{{label}}}"
                for label in MATCHED.findall(matchers)
                if label not in METRICS[metric] | TARGET
            )
