"""The settings of a cluster's monitoring: a Prometheus and a Grafana."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from pydantic import model_validator

from agent.config.connection import Tls, at_most_one, secret_of
from agent.config.fields import HttpUrl, Model, ProxyUrl, Text, Variable
from agent.config.secret import Secret


class WebApi(Model):
    """An HTTP API, optionally below a path and behind a login."""

    url: HttpUrl
    user: Text | None = None
    password: Variable | None = None
    password_file: Text | None = None
    token: Variable | None = None
    token_file: Text | None = None
    tls: Tls | None = None
    proxy_url: ProxyUrl | None = None

    @property
    def secret(self) -> Secret | None:
        """The password, if any."""
        return secret_of(self.password, self.password_file)

    @property
    def bearer(self) -> Secret | None:
        """The bearer token, if any."""
        return secret_of(self.token, self.token_file)

    @model_validator(mode="after")
    def _one_secret_each(self) -> Self:
        return at_most_one(at_most_one(self, "password"), "token")

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if (self.user is None) != (self.secret is None):
            raise ValueError("set both a user and a password")
        if self.user and self.bearer:
            raise ValueError("set either a user or a token, not both")
        return self


class MonitoringPart(Model):
    """The store of the metrics. The address of Prometheus is the part before `/api/v1`."""

    prometheus: WebApi


class ObservationPart(Model):
    """The dashboards. The address of Grafana is the part before `/api`."""

    grafana: WebApi


@dataclass(frozen=True)
class Watch:
    """A Prometheus, and the cluster whose series it should have.

    `matchers` select this cluster's Temporal series, such as `{namespace="temporal"}`; `{}` selects all.
    """

    prometheus: WebApi
    cluster: str
    matchers: str = "{}"
