"""The configuration as frozen data: field names are the keys that users write."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from agent.components.registry import record
from agent.config.connection import Tls, at_most_one, secret_of
from agent.config.fields import Duration, HostPort, HttpUrl, Model, Name, ProxyUrl, Text, Variable
from agent.config.matrix import MatrixSource
from agent.config.monitoring import MonitoringPart, ObservationPart
from agent.config.secret import Secret
from agent.config.server_file import ServerFile
from agent.config.stores import SearchStore, Store
from agent.config.streaming import EventStreaming
from agent.config.waiver import AnyWaiver, Waiver
from agent.model.vocabulary import Role

_LABELS = re.compile(r"\{[^{}]*\}")


class MetricsTarget(Model):
    """The /metrics address of one Temporal service; `name` distinguishes several targets in labels."""

    url: HttpUrl
    name: Name | None = None
    proxy_url: ProxyUrl | None = None


class PrometheusTarget(Model):
    """A Prometheus that scrapes this cluster's Temporal services. `matchers` select their series."""

    url: HttpUrl
    matchers: str = "{}"
    proxy_url: ProxyUrl | None = None

    @field_validator("matchers")
    @classmethod
    def _labels(cls, value: str) -> str:
        if _LABELS.fullmatch(value) is None:
            raise ValueError("""write label matchers in braces, such as {namespace="temporal"}""")
        return value


class Temporal(Model):
    """The Temporal server: at least one address to probe."""

    frontend: HostPort | None = None
    tls: Tls | None = None
    token: Variable | None = None
    token_file: Text | None = None
    remote_frontends: tuple[HostPort, ...] | None = None
    http: HttpUrl | None = None
    metrics: tuple[MetricsTarget, ...] = ()
    prometheus: PrometheusTarget | None = None
    proxy_url: ProxyUrl | None = None

    @property
    def secret(self) -> Secret | None:
        """The bearer token, if any."""
        return secret_of(self.token, self.token_file)

    @field_validator("tls")
    @classmethod
    def _verified(cls, value: Tls | None) -> Tls | None:
        if value is not None and not value.verifies:
            raise ValueError("gRPC always verifies the server: remove verify, and set ca_file or server_name")
        return value

    @field_validator("metrics", mode="before")
    @classmethod
    def _plain_urls(cls, value: Any) -> Any:
        if not isinstance(value, tuple):
            return value
        return tuple({"url": item} if isinstance(item, str) else item for item in value)

    @model_validator(mode="after")
    def _one_token(self) -> Self:
        return at_most_one(self, "token")

    @model_validator(mode="after")
    def _some_endpoint(self) -> Self:
        if not (self.frontend or self.http or self.metrics or self.prometheus):
            raise ValueError("set at least one of frontend, http, metrics and prometheus")
        # A target without a name gets its index as name, so no other target may have that name.
        names = [target.name or str(index) for index, target in enumerate(self.metrics)]
        if len(names) != len(set(names)):
            raise ValueError("the names of metrics targets must be unique")
        return self


class Cluster(Model):
    """One Temporal cluster."""

    name: Name
    product: str = ""
    environment: str = ""
    multi_datacenter: bool = False
    temporal: Temporal
    persistence: Store | None = None
    visibility: Store | None = None
    secondary_visibility: Store | None = None
    search: SearchStore | None = None
    event_streaming: EventStreaming | None = None
    monitoring: MonitoringPart | None = None
    observation: ObservationPart | None = None
    server_file: ServerFile | None = None
    waivers: tuple[AnyWaiver, ...] = ()

    @field_validator("persistence")
    @classmethod
    def _no_search(cls, value: Store | None) -> Store | None:
        if value is not None and not record(value.kind).can_fill(Role.PERSISTENCE):
            raise ValueError(f"Temporal does not support {record(value.kind).title} as its default store")
        return value

    @field_validator("waivers")
    @classmethod
    def _once(cls, value: tuple[AnyWaiver, ...]) -> tuple[AnyWaiver, ...]:
        accepted = (f"{w.role} {w.check} {w.reason}" if isinstance(w, Waiver) else w.advisory for w in value)
        for finding, count in Counter(accepted).items():
            if count > 1:
                raise ValueError(f"{count} waivers for {finding}: keep one")
        return value


class Config(Model):
    """The whole configuration. Durations are in seconds."""

    interval: Duration = Field("60s", validate_default=True)
    timeout: Duration | None = None
    max_age: Duration | None = Field(None, validate_default=True)
    environments: tuple[str, ...] = ()
    matrix: MatrixSource = MatrixSource()
    cluster_files: tuple[Text, ...] = ()
    watch: bool = False
    clusters: tuple[Cluster, ...] = ()

    @property
    def effective_timeout(self) -> float:
        """Seconds for the probes of one round; by default ten, or the interval if that is shorter."""
        return self.timeout if self.timeout is not None else min(10.0, self.interval)

    @property
    def effective_max_age(self) -> float:
        """Seconds after which an observation is too old to count; by default three intervals."""
        return self.max_age if self.max_age is not None else 3 * self.interval

    @field_validator("timeout")
    @classmethod
    def _within_interval(cls, value: float | None, info: ValidationInfo) -> float | None:
        if value is not None and value > info.data.get("interval", value):
            raise ValueError("timeout must not be longer than interval")
        return value

    @field_validator("max_age")
    @classmethod
    def _two_intervals(cls, value: float | None, info: ValidationInfo) -> float | None:
        if value is not None and value < 2 * info.data.get("interval", 0.0):
            raise ValueError(
                "max_age must be at least two intervals, else one missed round makes every check unknown"
            )
        return value
