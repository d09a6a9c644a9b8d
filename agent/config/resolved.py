"""A configuration as it counts, written as one that could have been written by hand."""

from __future__ import annotations

from typing import Any

import yaml

from agent.config.model import Config


def as_yaml(config: Config) -> str:
    """The whole configuration, defaults included, without secrets, in one file that means the same."""
    effective = {"timeout": config.effective_timeout, "max_age": config.effective_max_age}
    whole = config.model_copy(update={**effective, "cluster_files": ()})
    data: dict[str, Any] = whole.model_dump(mode="json", exclude_none=True)
    for key in ("interval", "timeout", "max_age"):
        data[key] = _duration(data[key])
    for cluster in data["clusters"]:
        kafka = cluster.get("event_streaming", {}).get("kafka", {})
        if "user" not in kafka:
            # How a user logs in is no word about nobody.
            kafka.pop("sasl_mechanism", None)
    data["matrix"]["refresh"] = _duration(data["matrix"]["refresh"])
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True)


def _duration(seconds: float) -> str:
    return f"{seconds:.0f}s" if seconds == int(seconds) else f"{seconds * 1000:.0f}ms"
