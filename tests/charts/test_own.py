"""The shape of each era of the chart: its values are read as the file that Helm renders from them.

The small chart in `own/` says where the shapes changed, apart from what the agent knows about chart versions.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import yaml

from tests.charts.__main__ import compare
from tests.charts.comparison import differences
from tests.integration.servers.delivery_tools import helm
from tests.integration.servers.requirement import require
from tests.laws import law

HERE = Path(__file__).parent / "own"
#: How the chart is named, its version, and its image.
ERAS = (
    ("v1.1.0", "0.2.0", "1.1.0"),
    ("v1.8.2", "0.2.3", "1.8.2"),
    ("v1.20.0", "0.20.0", "1.20.0"),
    ("v1.20.3", "0.20.3", "1.20.3"),
    ("v1.22.4", "0.32.0", "1.22.4"),
    ("0.33.0", "0.33.0", "1.22.4"),
    ("0.37.0", "0.37.0", "1.22.4"),
    ("0.43.0", "0.43.0", "1.24.1"),
    ("0.64.0", "0.64.0", "1.27.2"),
    ("1.6.0", "1.6.0", "1.31.1"),
)


def chart(folder: Path, version: str, image: str) -> Path:
    """The chart of the tests' own, as of this version."""
    has_datastores = version.startswith("1.")
    (folder / "templates").mkdir(parents=True)
    template = "datastores.tpl" if has_datastores else "drivers.tpl"
    shutil.copy(HERE / template, folder / "templates" / "server-configmap.yaml")
    about = {"apiVersion": "v2", "name": "temporal", "version": version, "appVersion": image}
    (folder / "Chart.yaml").write_text(yaml.safe_dump(about))
    names = {"defaultStore": "default", "visibilityStore": "visibility"}
    persistence: dict[str, Any] = {**names, "numHistoryShards": 512, "datastores": {}}
    drivers = {name: {"driver": "cassandra", **_stores(f"own_{name}")} for name in ("default", "visibility")}
    config = (
        {"persistence": persistence} if has_datastores else {"numHistoryShards": 512, "persistence": drivers}
    )
    search = {"enabled": True, "host": "own", "port": 9200, "scheme": "http", "version": "v7"}
    login = {"username": "", "password": "", "visibilityIndex": "own"}
    service = {"port": 7233} | ({"httpPort": 7243} if version in ("0.64.0", "1.6.0") else {})
    values = {
        "server": {"image": {"tag": image}, "config": config, "frontend": {"service": service}},
        "cassandra": {"enabled": True},
        "elasticsearch": {**search, **login},
    }
    (folder / "values.yaml").write_text(yaml.safe_dump(values))
    return folder


def _stores(name: str) -> dict[str, Any]:
    """The chart's own settings of both kinds, for one store."""
    login = {"user": "own", "password": "own", "existingSecret": ""}
    sql = {"driver": "mysql8", "host": "mysql", "port": 3306, "database": name}
    return {"cassandra": {"hosts": [], "port": 9042, "keyspace": name, **login}, "sql": {**sql, **login}}


def test_values_of_every_era_are_read_as_what_helm_renders(tmp_path: Path) -> None:
    program = str(require(helm))

    @law(ERAS)
    def are_equal(name: str, version: str, image: str) -> None:
        folder = tmp_path / name
        pairs = list(compare(program, name, chart(folder / "chart", version, image), folder))
        assert len(pairs) >= 7
        assert not [(values, found) for values, found in pairs if found]

    are_equal()


def test_the_comparison_names_what_differs(tmp_path: Path) -> None:
    field = HERE.parent.parent / "config" / "temporal_files" / "field"
    stores = yaml.safe_load((field / "07-umbrella.values.yaml").read_text())
    (tmp_path / "all.yaml").write_text(yaml.safe_dump(stores["temporal"]))
    rendered = {
        "persistence": {
            "defaultStore": "default",
            "visibilityStore": "visibility",
            "numHistoryShards": 4,
            **stores["temporal"]["server"]["config"]["persistence"],
        },
        "services": {"frontend": {"rpc": {"grpcPort": 7233, "httpPort": 7243, "bindOnIP": "10.0.0.1"}}},
        "clusterMetadata": {"currentClusterName": "active"},
    }
    found = differences(tmp_path, yaml.safe_dump(rendered), "1.6.0", "prod")
    assert "history_shards: values 512, rendered 4" in found
    assert not [each for each in found if re.match("persistence|visibility", each)]
