"""What is judged: a configured cluster, and its observations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from agent.model.file_rules import FileRule
from agent.model.observation import Facts, Instant, Observation, Target
from agent.model.traits import Trait
from agent.model.vocabulary import Reason, Role, Verdict
from agent.verdict.waiver import AdvisoryWaiver, Waiver


@dataclass(frozen=True)
class StoreSpec:
    """The configured component of a role. `plugin` is empty where none is configured.

    `label`: the name of a custom datastore, for people. `shared_with`: the roles that are configured with the
    same database, keyspace or index. `address`: the address of a search store. `database`: the name of the
    database or keyspace; empty where there is none, or it is not known.
    """

    component: str
    plugin: str = ""
    label: str = ""
    shared_with: tuple[Role, ...] = ()
    address: str = ""
    database: str = ""


@dataclass(frozen=True)
class ServerFile:
    """The server's own configuration, apart from its stores and addresses.

    `cluster_name` is empty and the numbers are 0 where they are not set. `store_keys`: its keys of stores,
    empty where they are not known (with `.secondary_visibility`: the store has a second index).
    `dynamic_keys`: the keys of its dynamic configuration. `connect_attributes`: the names, in small letters,
    in the `connectAttributes` of each MySQL store; no entry where they are not known. `violations`: what some
    releases refuse in the file: the rule, and where it is and what is wrong. `traits`: those that the file
    decides. `dynamic_values`: the values of the dynamic configuration by key, each as JSON text, and DEFAULT
    where every value has constraints; None: not known. `image_release`: the release in the tag of the
    server's image; empty where it is not known.
    """

    cluster_name: str = ""
    history_shards: int = 0
    initial_failover_version: int = 0
    store_keys: tuple[str, ...] = ()
    dynamic_keys: tuple[str, ...] = ()
    connect_attributes: Mapping[Role, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    violations: tuple[tuple[FileRule, str], ...] = ()
    traits: Mapping[Trait, bool] = field(default_factory=lambda: MappingProxyType({}))
    dynamic_values: Mapping[str, tuple[str, ...]] | None = None
    image_release: str = ""


@dataclass(frozen=True)
class UpgradePath:
    """The path from the running release to the assumed one, as the plan has it.

    `running`: the oldest running release; empty where it is not known.
    """

    running: str
    verdict: Verdict
    reason: Reason
    message: str
    source: str = ""


@dataclass(frozen=True)
class ClusterSpec:
    """A cluster. An observation counts for `max_age` seconds.

    `stores`: the configured roles with their components. `sees_replicas`: a target reports the versions of
    all replicas, not of one. `assumed`: judge as if this release ran, whatever is observed; `path`: the path
    to it, where a server was probed; `schema_upgraded`: the observations are those after its schema steps.
    `is_complete`: a role that is not configured does not exist; else it may only be missing from the
    configuration. `waivers`: accepted findings, each at most once; `advisory_waivers`: accepted published
    warnings. `same_as`: other configured clusters that report the same cluster id. `server_file`: the
    server's own configuration, where it is known. `answers`: a server runs, although its observations are
    left out.
    """

    name: str
    product: str
    environment: str
    stores: Mapping[Role, StoreSpec]
    max_age: float
    sees_replicas: bool
    multi_datacenter: bool = False
    assumed: str = ""
    path: UpgradePath | None = None
    schema_upgraded: bool = False
    is_complete: bool = False
    waivers: tuple[Waiver, ...] = ()
    advisory_waivers: tuple[AdvisoryWaiver, ...] = ()
    same_as: tuple[str, ...] = ()
    server_file: ServerFile | None = None
    answers: bool = False


@dataclass(frozen=True)
class ClusterView:
    """The observations of one cluster at one moment."""

    subject: ClusterSpec
    observations: tuple[Observation, ...]
    now: Instant

    @cached_property
    def _by_role(self) -> dict[Role, list[Observation]]:
        by_role: dict[Role, list[Observation]] = {}
        for observation in self.observations:
            by_role.setdefault(observation.target.role, []).append(observation)
        return by_role

    def of(self, role: Role) -> Sequence[Observation]:
        """The observations of one role."""
        return self._by_role.get(role, ())

    def fresh(self, observation: Observation) -> Facts | None:
        return observation.fresh_facts(self.now, self.subject.max_age)

    @property
    def fresh_targets(self) -> frozenset[Target]:
        """The targets whose facts count at this moment."""
        return frozenset(o.target for o in self.observations if self.fresh(o) is not None)

    @property
    def answers(self) -> bool:
        """Whether a server answers: it has started with these stores and with this file."""
        return self.subject.answers or any(self.fresh(each) is not None for each in self.of(Role.SERVER))

    def silence(self, role: Role) -> tuple[Reason, str]:
        """Why nothing is known about a role: a reason, and a sentence for people."""
        return self.silence_of(self.of(role))

    def silence_of(self, observations: Sequence[Observation]) -> tuple[Reason, str]:
        """The same for the targets of these observations."""
        if any(observation.facts is not None for observation in observations):
            return Reason.OBSERVATION_TOO_OLD, f"the last answer is too old{_failure(observations)}"
        if any(observation.failure for observation in observations):
            return _first_failure(observations)
        return Reason.NOT_YET_OBSERVED, "not yet observed"

    @property
    def valid_until(self) -> float:
        """When the next of these observations becomes too old, on the monotonic clock in seconds."""
        ends = [
            observation.observed.mono + self.subject.max_age
            for observation in self.observations
            if observation.observed is not None and self.fresh(observation) is not None
        ]
        return min(ends, default=float("inf"))


def _failure(observations: Sequence[Observation]) -> str:
    is_failing = any(observation.failure for observation in observations)
    return f"; since then: {_first_failure(observations)[1]}" if is_failing else ""


def _first_failure(observations: Sequence[Observation]) -> tuple[Reason, str]:
    """The reason, and a sentence with the address; if the login was refused, also where it comes from."""
    target, failure = next((each.target, each.failure) for each in observations if each.failure)
    has_address = not target.address or target.address in failure.text
    text = failure.text if has_address else f"{target.address}: {failure.text}"
    if failure.reason is Reason.AUTHENTICATION_FAILED and target.login:
        text += f" ({target.login})"
    return failure.reason, text
