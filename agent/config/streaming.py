"""The settings of event streaming: the Kafka brokers and their ZooKeeper."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import field_validator, model_validator

from agent.config.connection import Tls, at_most_one, secret_of
from agent.config.fields import HostPort, HttpUrl, Model, Text, Variable
from agent.config.secret import Secret


def _each_once(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value:
        raise ValueError("list at least one")
    if len(value) != len(set(value)):
        raise ValueError("list each address only once")
    return value


class Kafka(Model):
    """A Kafka cluster. Any one of these brokers reports the addresses of all brokers."""

    brokers: tuple[HostPort, ...]
    user: Text | None = None
    password: Variable | None = None
    password_file: Text | None = None
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "PLAIN"
    tls: Tls | None = None

    @property
    def secret(self) -> Secret | None:
        return secret_of(self.password, self.password_file)

    @field_validator("brokers")
    @classmethod
    def _some_broker(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return _each_once(value)

    @model_validator(mode="after")
    def _login(self) -> Self:
        if (self.user is None) != (self.secret is None):
            raise ValueError("set both a user and a password")
        if self.user is None and self.sasl_mechanism != "PLAIN":
            raise ValueError("sasl_mechanism needs a login: set user and password_file")
        return at_most_one(self, "password")


class ZooKeeper(Model):
    """Every member of a ZooKeeper ensemble. `admin`: their admin servers, in the same order."""

    hosts: tuple[HostPort, ...]
    admin: tuple[HttpUrl, ...] = ()
    tls: Tls | None = None

    @field_validator("hosts")
    @classmethod
    def _some_host(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return _each_once(value)

    @field_validator("admin", mode="before")
    @classmethod
    def _one_address(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_each(self) -> Self:
        if self.admin and len(self.admin) != len(self.hosts):
            raise ValueError("list one admin server for each host, in the order of hosts")
        return self


class EventStreaming(Model):
    """The event streaming that Temporal up to 1.6 may need: Kafka, and the ZooKeeper that coordinates it."""

    kafka: Kafka | None = None
    zookeeper: ZooKeeper | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.kafka is None and self.zookeeper is None:
            raise ValueError("set kafka, zookeeper or both")
        return self
