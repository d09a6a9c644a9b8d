"""From the configuration to what is judged and what is probed."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from agent.config import Cluster, Config
from agent.model.observation import Target
from agent.model.vocabulary import Role
from agent.polling.targets import cluster_spec, probe_specs
from agent.probes import PROBES
from agent.verdict import ServerFile, StoreSpec
from tests.laws import law

POSTGRESQL = {"host": "pg", "database": "temporal", "user": "agent"}
SQLITE = {"path": "/var/lib/temporal.db"}
#: Kinds of stores besides those two, with their endpoints.
FURTHER_STORES: dict[str, tuple[dict[str, Any], str]] = {
    "elasticsearch": ({"url": "http://es:9200", "index": "temporal_visibility_v1"}, "api"),
    "mysql": ({"host": "mysql", "database": "temporal", "user": "agent"}, "sql"),
    "cassandra": ({"hosts": ("c",), "keyspace": "temporal"}, "cql"),
}

#: Kinds of probes of targets that are not stores; they have their own tests below.
WATCHERS = {"prometheus", "grafana"}
STREAMING = {"kafka", "zookeeper"}


def cluster(temporal: dict[str, Any], **stores: Any) -> Cluster:
    return Cluster.model_validate({"name": "orders-live", "temporal": temporal, **stores})


def metrics(*names: str | None) -> tuple[dict[str, str], ...]:
    urls = [{"url": f"http://10.0.0.{index}:9090/metrics"} for index in range(len(names))]
    return tuple(url | ({"name": name} if name else {}) for url, name in zip(urls, names, strict=True))


def test_a_cluster_is_judged_as_it_is_configured() -> None:
    configured = cluster(
        {"frontend": "temporal:7233"},
        product="orders",
        environment="live",
        persistence={"postgresql": POSTGRESQL | {"plugin": "postgres12_pgx"}},
        visibility={"sqlite": SQLITE},
    )
    judged = cluster_spec(Config.model_validate({"interval": "20s"}), configured)
    assert (judged.name, judged.product, judged.environment) == ("orders-live", "orders", "live")
    assert judged.stores == {
        Role.PERSISTENCE: StoreSpec("postgresql", "postgres12_pgx", database="temporal"),
        Role.VISIBILITY: StoreSpec("sqlite", "sqlite"),
    }
    assert judged.max_age == 60


def test_what_the_server_s_own_file_says_is_judged_with_it() -> None:
    declared: dict[str, Any] = {
        "cluster_name": "active",
        "history_shards": 512,
        "initial_failover_version": 1,
        "store_keys": ("defaultStore", "visibilityStore"),
        "dynamic_keys": ("limit.maxIDLength",),
        "connect_attributes": {"persistence": (" TX_Isolation ",), "visibility": ()},
    }
    judged = cluster_spec(Config(), cluster({"frontend": "temporal:7233"}, server_file=declared))
    attributes = {Role.PERSISTENCE: ("tx_isolation",), Role.VISIBILITY: ()}
    keys = declared["store_keys"], declared["dynamic_keys"]
    assert judged.server_file == ServerFile("active", 512, 1, *keys, attributes)
    assert cluster_spec(Config(), cluster({"frontend": "temporal:7233"})).server_file is None
    partly = cluster_spec(Config(), cluster({"frontend": "temporal:7233"}, server_file={}))
    assert partly.server_file == ServerFile()


def test_two_search_stores_are_distinguished_by_their_addresses() -> None:
    index = {"index": "temporal_visibility_v1"}
    judged = cluster_spec(
        Config(),
        cluster(
            {"frontend": "temporal:7233"},
            visibility={"elasticsearch": {"url": "http://es:9200/", **index}},
            secondary_visibility={"opensearch": {"url": "http://os:9200", **index}},
        ),
    )
    addresses = [judged.stores[role].address for role in (Role.VISIBILITY, Role.SECONDARY_VISIBILITY)]
    assert addresses == ["http://es:9200", "http://os:9200"]


def test_a_store_that_is_not_configured_is_not_judged_as_one() -> None:
    judged = cluster_spec(Config(), cluster({"frontend": "temporal:7233"}, persistence={"sqlite": SQLITE}))
    assert set(judged.stores) == {Role.PERSISTENCE}


def test_a_plugin_that_is_not_configured_is_not_guessed() -> None:
    configured = cluster({"frontend": "temporal:7233"}, persistence={"postgresql": POSTGRESQL})
    assert cluster_spec(Config(), configured).stores[Role.PERSISTENCE] == StoreSpec(
        "postgresql", "", database="temporal"
    )


def test_the_highest_age_is_the_configured_one() -> None:
    config = Config.model_validate({"interval": "20s", "max_age": "45s"})
    assert cluster_spec(config, cluster({"frontend": "temporal:7233"})).max_age == 45


@pytest.mark.parametrize(
    ("temporal", "sees"),
    [
        ({"frontend": "temporal:7233", "http": "http://temporal:7243"}, False),
        ({"metrics": metrics(None)}, True),
        ({"prometheus": {"url": "http://prometheus:9090"}}, True),
    ],
)
def test_only_metrics_show_every_replica(temporal: dict[str, Any], sees: bool) -> None:
    assert cluster_spec(Config(), cluster(temporal)).sees_replicas is sees


def test_every_way_to_ask_is_a_target_with_the_probe_of_its_kind() -> None:
    configured = cluster(
        {
            "frontend": "temporal:7233",
            "http": "http://temporal:7243",
            "metrics": metrics(None),
            "prometheus": {"url": "http://prometheus:9090"},
        },
        persistence={"postgresql": POSTGRESQL},
        visibility={"sqlite": SQLITE},
    )
    specs = probe_specs(configured)
    assert [(spec.kind, spec.target) for spec in specs] == [
        ("temporal_grpc", Target(Role.SERVER, "temporal", "grpc")),
        ("temporal_http", Target(Role.SERVER, "temporal", "http")),
        ("temporal_metrics", Target(Role.SERVER, "temporal", "metrics")),
        ("temporal_prometheus", Target(Role.SERVER, "temporal", "prometheus")),
        ("postgresql", Target(Role.PERSISTENCE, "postgresql", "sql")),
        ("sqlite", Target(Role.VISIBILITY, "sqlite", "sql")),
    ]
    assert configured.persistence is not None
    assert configured.visibility is not None
    assert [spec.settings for spec in specs] == [
        configured.temporal,
        configured.temporal,
        configured.temporal.metrics[0],
        configured.temporal,
        configured.persistence.postgresql,
        configured.visibility.sqlite,
    ]
    others = set(FURTHER_STORES) | WATCHERS | STREAMING | {"temporal_remotes"}
    assert {spec.kind for spec in specs} == set(PROBES) - others


def test_a_cluster_of_several_data_centres_has_its_remote_clusters_read_by_its_frontend() -> None:
    endpoints = {"frontend": "temporal:7233", "http": "http://temporal:7243"}
    (one,) = [
        spec
        for spec in probe_specs(cluster(endpoints, multi_datacenter=True))
        if spec.kind == "temporal_remotes"
    ]
    assert one.target == Target(Role.SERVER, "temporal", "grpc", "remotes")
    assert not [s for s in probe_specs(cluster(endpoints)) if s.kind == "temporal_remotes"]
    without = {"http": "http://temporal:7243"}
    assert not [
        s for s in probe_specs(cluster(without, multi_datacenter=True)) if s.kind == "temporal_remotes"
    ]


@pytest.mark.parametrize("kind", FURTHER_STORES)
def test_every_kind_of_store_has_its_target_and_its_settings(kind: str) -> None:
    settings, endpoint = FURTHER_STORES[kind]
    configured = cluster({"frontend": "temporal:7233"}, visibility={kind: settings})
    spec = probe_specs(configured)[-1]
    assert (spec.kind, spec.target) == (kind, Target(Role.VISIBILITY, kind, endpoint))
    assert spec.settings == getattr(configured.visibility, kind)
    assert cluster_spec(Config(), configured).stores[Role.VISIBILITY].component == kind


@pytest.mark.parametrize("kind", ["elasticsearch", "opensearch"])
def test_a_search_store_is_a_target_of_its_kind_in_each_role_that_it_can_hold(kind: str) -> None:
    search = {kind: {"url": "http://es:9200", "index": "temporal_visibility_v1_prod", "version": "v8"}}
    roles = (Role.VISIBILITY, Role.SECONDARY_VISIBILITY, Role.SEARCH)
    configured = cluster({"http": "http://temporal:7243"}, **dict.fromkeys(map(str, roles), search))
    specs = [spec for spec in probe_specs(configured) if spec.target.role is not Role.SERVER]
    assert [(spec.kind, spec.target) for spec in specs] == [
        ("elasticsearch", Target(role, kind, "api")) for role in roles
    ]
    assert {spec.plugin for spec in cluster_spec(Config(), configured).stores.values()} == {"v8"}


def test_a_store_of_the_users_own_is_judged_by_its_name_and_has_no_target() -> None:
    custom = {"custom": {"name": "my-store"}}
    roles = (Role.PERSISTENCE, Role.VISIBILITY, Role.SECONDARY_VISIBILITY)
    configured = cluster({"http": "http://temporal:7243"}, **dict.fromkeys(map(str, roles), custom))
    assert [spec.target.role for spec in probe_specs(configured)] == [Role.SERVER]
    assert cluster_spec(Config(), configured).stores == dict.fromkeys(
        roles, StoreSpec("custom", label="my-store")
    )


@pytest.mark.parametrize("role", [Role.PERSISTENCE, Role.VISIBILITY, Role.SECONDARY_VISIBILITY])
def test_only_a_visibility_store_on_postgresql_is_checked_for_its_extension(role: Role) -> None:
    configured = cluster({"frontend": "temporal:7233"}, **{role.value: {"postgresql": POSTGRESQL}})
    asks = () if role is Role.PERSISTENCE else ("extension",)
    assert probe_specs(configured)[-1].asks == asks


# One database for several roles


def shared(*stores: dict[str, Any]) -> list[tuple[Role, ...]]:
    roles = ("persistence", "visibility", "secondary_visibility")
    configured = cluster({"frontend": "temporal:7233"}, **dict(zip(roles, stores, strict=False)))
    return [spec.shared_with for spec in cluster_spec(Config(), configured).stores.values()]


MYSQL, CASSANDRA = FURTHER_STORES["mysql"][0], FURTHER_STORES["cassandra"][0]
SEARCH = FURTHER_STORES["elasticsearch"][0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"postgresql": POSTGRESQL}, {"postgresql": POSTGRESQL | {"host": "PG", "port": 5432, "user": "x"}}),
        ({"mysql": MYSQL}, {"mysql": MYSQL | {"plugin": "mysql8"}}),
        ({"cassandra": CASSANDRA}, {"cassandra": CASSANDRA | {"hosts": ("b", "C")}}),
    ],
)
def test_two_roles_with_one_database_know_of_each_other(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert shared(one, other) == [(Role.VISIBILITY,), (Role.PERSISTENCE,)]


@law(
    [
        ({"postgresql": POSTGRESQL}, {"postgresql": POSTGRESQL | {"database": "temporal_visibility"}}),
        ({"postgresql": POSTGRESQL}, {"postgresql": POSTGRESQL | {"host": "other"}}),
        ({"postgresql": POSTGRESQL}, {"postgresql": POSTGRESQL | {"port": 6432}}),
        ({"postgresql": POSTGRESQL}, {"mysql": POSTGRESQL | {"port": 5432}}),
        (
            {"postgresql": POSTGRESQL | {"search_path": "temporal"}},
            {"postgresql": POSTGRESQL | {"search_path": "visibility"}},
        ),
        ({"cassandra": CASSANDRA}, {"cassandra": CASSANDRA | {"keyspace": "temporal_visibility"}}),
        ({"cassandra": CASSANDRA}, {"cassandra": CASSANDRA | {"hosts": ("d",)}}),
        # The development server keeps both schemas in one file, and no version of either.
        ({"sqlite": SQLITE}, {"sqlite": SQLITE}),
        ({"custom": {"name": "x"}}, {"custom": {"name": "x"}}),
    ],
)
def test_two_roles_with_two_databases_share_nothing(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert shared(one, other) == [(), ()]


def test_two_visibility_roles_with_one_index_know_of_each_other() -> None:
    same = SEARCH | {"url": "http://es:9200/"}
    assert shared({"postgresql": POSTGRESQL}, {"elasticsearch": SEARCH}, {"opensearch": same}) == [
        (),
        (Role.SECONDARY_VISIBILITY,),
        (Role.VISIBILITY,),
    ]


def test_a_target_that_is_not_configured_is_not_read() -> None:
    specs = probe_specs(cluster({"http": "http://temporal:7243"}))
    assert [spec.kind for spec in specs] == ["temporal_http"]


@pytest.mark.parametrize(
    ("names", "labels"),
    [((None,), [""]), (("history-0",), ["history-0"]), ((None, "matching", None), ["0", "matching", "2"])],
)
def test_endpoints_that_repeat_are_distinguished_by_name_or_index(
    names: tuple[str | None, ...], labels: list[str]
) -> None:
    specs = probe_specs(cluster({"metrics": metrics(*names)}))
    assert [spec.target.name for spec in specs] == labels


NAMES = list(product([None, "0", "1", "2", "a"], repeat=3))


def label(names: tuple[str | None, ...]) -> list[str]:
    return [name or str(index) for index, name in enumerate(names)]


@law(names for names in NAMES if len(set(label(names))) == 3)
def test_no_two_targets_of_a_cluster_have_the_same_labels(names: tuple[str | None, ...]) -> None:
    targets = [spec.target for spec in probe_specs(cluster({"metrics": metrics(*names)}))]
    assert [target.name for target in targets] == label(names)
    assert len(set(targets)) == len(targets)


@law(names for names in NAMES if len(set(label(names))) < 3)
def test_a_name_that_could_be_mistaken_for_another_is_refused(names: tuple[str | None, ...]) -> None:
    with pytest.raises(ValueError, match="must be unique"):
        cluster({"metrics": metrics(*names)})


def test_prometheus_and_grafana_are_judged_and_read_where_they_are_configured() -> None:
    watched = cluster(
        {"frontend": "temporal:7233"},
        monitoring={"prometheus": {"url": "http://prometheus:9090"}},
        observation={"grafana": {"url": "http://grafana:3000"}},
    )
    assert cluster_spec(Config(), watched).stores == {
        Role.MONITORING: StoreSpec("prometheus"),
        Role.OBSERVATION: StoreSpec("grafana"),
    }
    specs = {spec.target: spec.kind for spec in probe_specs(watched)}
    assert specs[Target(Role.MONITORING, "prometheus", "api")] == "prometheus"
    assert specs[Target(Role.OBSERVATION, "grafana", "api")] == "grafana"


def test_kafka_and_zookeeper_are_judged_and_read_where_they_are_configured() -> None:
    kafka, zookeeper = {"brokers": ("kafka:9092",)}, {"hosts": ("zk:2181",)}
    both = cluster({"frontend": "temporal:7233"}, event_streaming={"kafka": kafka, "zookeeper": zookeeper})
    assert cluster_spec(Config(), both).stores == {
        Role.EVENT_STREAMING: StoreSpec("kafka"),
        Role.COORDINATION: StoreSpec("zookeeper"),
    }
    assert [(spec.kind, spec.target) for spec in probe_specs(both)[1:]] == [
        ("kafka", Target(Role.EVENT_STREAMING, "kafka", "api")),
        ("zookeeper", Target(Role.COORDINATION, "zookeeper", "four_letter")),
    ]
    assert both.event_streaming is not None
    assert [spec.settings for spec in probe_specs(both)[1:]] == [
        both.event_streaming.kafka,
        both.event_streaming.zookeeper,
    ]
    alone = cluster({"frontend": "temporal:7233"}, event_streaming={"kafka": kafka})
    assert set(cluster_spec(Config(), alone).stores) == {Role.EVENT_STREAMING}
    assert [spec.kind for spec in probe_specs(alone)[1:]] == ["kafka"]


@pytest.mark.parametrize("several", [False, True])
def test_whether_there_are_several_data_centres_is_judged_as_configured(several: bool) -> None:
    configured = cluster({"frontend": "temporal:7233"}, multi_datacenter=several)
    assert cluster_spec(Config(), configured).multi_datacenter is several
    assert cluster_spec(Config(), cluster({"frontend": "temporal:7233"})).multi_datacenter is False
