"""What Temporal's own configuration says besides stores and addresses; `server_config` fills it in."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from agent.config.fields import Model, Text, word
from agent.model.file_rules import FileRule
from agent.model.traits import Trait

StoreKey = Literal[
    "defaultStore",
    "visibilityStore",
    "secondaryVisibilityStore",
    "advancedVisibilityStore",
    "visibilityStore.secondary_visibility",
    "secondaryVisibilityStore.secondary_visibility",
    "advancedVisibilityStore.secondary_visibility",
]

StoreRole = Literal["persistence", "visibility", "secondary_visibility"]


class FileViolation(Model):
    """A value in Temporal's own file that some releases refuse: the rule, where it is, and what is wrong."""

    rule: Annotated[FileRule, word(FileRule)]
    found: Text


class ServerFile(Model):
    """Each value is as in Temporal's own file. None of them changes what is probed.

    `store_keys`: the keys of `persistence` that name a store; with `.secondary_visibility`, the keys whose
    Elasticsearch store has a second index. `connect_attributes`: the names in the `connectAttributes` of each
    MySQL store, by role; an empty list where it has none. `violations`: what some releases refuse in it.
    `tool_attributes`: the names and values in the `connectAttributes` of each SQL store, for the
    commands of a plan. `traits`: what decides whether published warnings apply.
    `dynamic_values`: the values of the dynamic configuration by key, each as JSON text, and an empty text
    where every value has constraints.
    `image_release`: the release in the tag of the server's image; it counts until a server answers.
    `notes`: what `config check` says about the file.
    """

    cluster_name: Text | None = None
    history_shards: Annotated[int, Field(gt=0, lt=2**31)] | None = None
    initial_failover_version: Annotated[int, Field(gt=0)] | None = None
    store_keys: tuple[StoreKey, ...] = ()
    dynamic_keys: tuple[Text, ...] = ()
    connect_attributes: dict[StoreRole, tuple[Text, ...]] | None = None
    tool_attributes: dict[StoreRole, dict[Text, Text]] | None = None
    traits: dict[Annotated[Trait, word(Trait)], bool] | None = None
    dynamic_values: dict[Text, tuple[str, ...]] | None = None
    violations: tuple[FileViolation, ...] | None = None
    image_release: Annotated[str, Field(pattern=r"^[0-9]{1,4}(\.[0-9]{1,4}){2}$")] | None = None
    notes: tuple[Text, ...] | None = None
