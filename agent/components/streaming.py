"""Event streaming, which releases up to 1.7 can use: Kafka, and ZooKeeper, which Kafka needs."""

from __future__ import annotations

import re

from agent.components.record import Component, Filling, Reader
from agent.model.vocabulary import Role

_SOURCE = "temporalio/temporal@v1.8.0: no Kafka code left"

KAFKA = Component(
    name="kafka",
    title="Kafka",
    roles=(Filling(Role.EVENT_STREAMING, "<1.8.0", _SOURCE),),
    readers=(Reader("api", "kafka", extra="kafka"),),
    # The probe reports "2.1 or 2.2", and "3.9 or later".
    packager_words=frozenset({"or", "later"}),
    series_parts=2,
    ci_image=re.compile(r"(?:.+/)?kafka:[0-9.]+-(.+)"),
    lifecycle="kafka",
)

ZOOKEEPER = Component(
    name="zookeeper",
    title="ZooKeeper",
    roles=(Filling(Role.COORDINATION, "<1.8.0", _SOURCE),),
    readers=(Reader("four_letter", "zookeeper"),),
    series_parts=2,
    ci_image=re.compile(r"(?:.+/)?zookeeper:(.+)"),
    rights="add `srvr` to `4lw.commands.whitelist`, or name the admin server's address",
    lifecycle="zookeeper",
)
