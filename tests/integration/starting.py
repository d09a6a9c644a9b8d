"""What the agent says of a start, from stores alone: no server answers, as in a crash loop."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import BaseModel

from agent.config import MySql, PostgreSql
from agent.model.observation import Observation, Target
from agent.model.vocabulary import Role
from agent.probes import open_probe
from agent.probes.base import ProbeError
from agent.verdict import Judgement, ServerFile, StoreSpec
from tests.building import NOW, judged_live, observation, subject

#: The variable that `judge_start` sets for the password of the stores.
_PASSWORD = "TEMPORAL_STORE_PASSWORD"


def judge_start(
    release: str, stores: Mapping[Role, Mapping[str, Any]], file: ServerFile | None = None
) -> Judgement:
    """The judgement of this release on stores at these addresses, which are probed now.

    Each store has `kind`, `plugin` and the settings of the configuration, `password` in plain text.
    """
    specs = {role: StoreSpec(store["kind"], store["plugin"]) for role, store in stores.items()}
    on = replace(subject(), stores=specs, assumed=release, server_file=file)
    return judged_live(*(_observe(role, dict(store)) for role, store in stores.items()), on=on)


def _observe(role: Role, store: dict[str, Any]) -> Observation:
    kind, models = store.pop("kind"), {"mysql": MySql, "postgresql": PostgreSql}
    os.environ[_PASSWORD] = store.pop("password")
    settings: BaseModel = models[kind](**store, password=f"${{{_PASSWORD}}}")
    probe = open_probe(kind, settings)
    try:
        facts = probe.read(10)
    except ProbeError as error:
        return observation(role, component=kind, failure=error.failure)
    finally:
        probe.close()
    return Observation(Target(role, kind, "sql"), NOW, facts=facts, observed=NOW, attempts=1)
