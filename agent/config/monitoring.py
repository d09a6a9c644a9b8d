"""What watches a cluster and its metrics: a Prometheus and a Grafana."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from pydantic import model_validator

from agent.config.connection import Tls, at_most_one, secret_of
from agent.config.fields import HttpUrl, Model, Text, Variable
from agent.config.secret import Secret


class WebApi(Model):
    """An HTTP API, perhaps below a path and behind a login."""

    url: HttpUrl
    user: Text | None = None
    password: Variable | None = None
    password_file: Text | None = None
    token: Variable | None = None
    token_file: Text | None = None
    tls: Tls | None = None

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
            raise ValueError("user and password belong together")
        if self.user and self.bearer:
            raise ValueError("name either a user or a token")
        return self


class MonitoringPart(Model):
    """What keeps the metrics. The address of a Prometheus is what comes before `/api/v1`."""

    prometheus: WebApi


class ObservationPart(Model):
    """What shows them. The address of a Grafana is what comes before `/api`."""

    grafana: WebApi


@dataclass(frozen=True)
class Watch:
    """A Prometheus and the cluster that it should know.

    `matchers` choose this cluster's own series of Temporal, such as `{namespace="temporal"}`; `{}` any.
    """

    prometheus: WebApi
    cluster: str
    matchers: str = "{}"
