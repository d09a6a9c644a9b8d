"""The effective configuration, in the form that a person could have written."""

from __future__ import annotations

from typing import Any

import yaml

from agent.config.model import Config


def as_yaml(config: Config) -> str:
    """The whole configuration as one equivalent YAML file, with defaults and without secrets."""
    effective = {"timeout": config.effective_timeout, "max_age": config.effective_max_age}
    whole = config.model_copy(update={**effective, "cluster_files": ()})
    data: dict[str, Any] = whole.model_dump(mode="json", exclude_none=True)
    for key in ("interval", "timeout", "max_age"):
        data[key] = _duration(data[key])
    for cluster in data["clusters"]:
        kafka = cluster.get("event_streaming", {}).get("kafka", {})
        if "user" not in kafka:
            # The mechanism alone, without a user, is an error in a configuration.
            kafka.pop("sasl_mechanism", None)
    data["matrix"]["refresh"] = _duration(data["matrix"]["refresh"])
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True)


def _duration(seconds: float) -> str:
    return f"{seconds:.0f}s" if seconds == int(seconds) else f"{seconds * 1000:.0f}ms"
