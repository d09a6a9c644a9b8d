"""Small trees with the layouts of Temporal's repository over time, and repositories of them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Files = dict[str, str]

_SERVER = "go.temporal.io/server"
_SQL = "common/persistence/sql/sqlplugin"


def _main(*packages: str) -> str:
    lines = "".join(f'\t_ "{_SERVER}/{_SQL}/{package}" // plugin\n' for package in packages)
    return f'package main\n\nimport (\n\t"os"\n\n{lines})\n'


def _plugin(**constants: str) -> str:
    declared = "".join(f'\t{name}   = "{value}"\n' for name, value in constants.items())
    used = "".join(f"\tsql.RegisterPlugin({name}, &plugin{{}})\n" for name in constants)
    return f"package plugin\n\nconst (\n\t// names\n{declared})\n\nfunc init() {{\n{used}}}\n"


def _versions(default: str, visibility: str | None = None) -> str:
    text = f'package schema\n\n// Version is that of the database\nconst Version = "{default}"\n'
    return text + (f'\n// of visibility\nconst VisibilityVersion = "{visibility}"\n' if visibility else "")


def _headers(version: str) -> str:
    constants = f'\tServerVersion = "{version}"\n\tSupportedServerVersions = ">=1.0.0"\n'
    return f"package headers\n\nconst (\n{constants})\n"


def _compose(*images: str) -> str:
    return "services:\n" + "".join(f"  s{n}:\n    image: {image}\n" for n, image in enumerate(images))


def _steps(folder: str, store: str, last: int, first: int = 0, major: int = 1) -> Files:
    numbers = range(first, last + 1)
    return {f"schema/{folder}/{store}/versioned/v{major}.{n}/manifest.json": "{}" for n in numbers}


def first_age() -> Files:
    """1.0: PostgreSQL's schema is MySQL's, and its folder has another name."""
    as_mysql = f'import "{_SERVER}/schema/mysql"\n\nconst Version = mysql.Version\n'
    return {
        "go.mod": "module go.temporal.io/server\n\ngo 1.14\n",
        "cmd/server/main.go": _main("mysql", "postgres"),
        "common/headers/versionChecker.go": _headers("1.0.0"),
        f"{_SQL}/mysql/plugin.go": _plugin(PluginName="mysql"),
        f"{_SQL}/postgres/plugin.go": _plugin(PluginName="postgres"),
        f"{_SQL}/postgres/plugin_test.go": _plugin(PluginName="another"),
        "schema/cassandra/version.go": _versions("1.0", "1.0"),
        "schema/mysql/version.go": _versions("1.1", "1.0"),
        "schema/postgres/version.go": as_mysql + "const VisibilityVersion = mysql.VisibilityVersion\n",
        "schema/elasticsearch/visibility/index_template.json": "{}",
        "docker/buildkite/docker-compose.yml": _compose("postgres:12", '"mysql:5.7"', "postgres:12"),
        "docker/buildkite/docker-compose-local.yml": _compose("postgres:99"),
        "docker/docker-compose.yml": _compose("cassandra:99"),
        **_steps("cassandra", "temporal", 0),
        **_steps("cassandra", "visibility", 0),
        **_steps("mysql/v57", "temporal", 1),
        **_steps("mysql/v57", "visibility", 0),
        **_steps("postgres", "temporal", 1),
        **_steps("postgres", "visibility", 0),
    }


def sqlite_age() -> Files:
    """1.14: SQLite has a plugin that the server's `main.go` does not import, and no upgrade folders."""
    return {
        "go.mod": "module go.temporal.io/server\n\ngo 1.17\n\nrequire x v1.0.0\n",
        "cmd/server/main.go": _main("mysql", "postgresql"),
        "cmd/server/main_cgo.go": _main("sqlite"),
        "common/headers/versionChecker.go": _headers("1.14.0"),
        f"{_SQL}/mysql/plugin.go": _plugin(PluginName="mysql"),
        f"{_SQL}/postgresql/plugin.go": _plugin(PluginName="postgres"),
        f"{_SQL}/sqlite/plugin.go": _plugin(PluginName="sqlite"),
        "schema/cassandra/version.go": _versions("1.1", "1.0"),
        "schema/mysql/version.go": _versions("1.2", "1.1"),
        "schema/postgresql/version.go": _versions("1.2", "1.1"),
        "schema/sqlite/version.go": _versions("0.1", "0.1"),
        "schema/elasticsearch/visibility/versioned/v0/index_template_v6.json": "{}",
        "schema/elasticsearch/visibility/versioned/v1/index_template_v7.json": "{}",
        "develop/buildkite/docker-compose.yml": _compose("mysql:8.0.19"),
        "develop/buildkite/docker-compose-es6.yml": _compose("elasticsearch:6.8.13"),
        "develop/docker-compose/docker-compose.yml": _compose("grafana/grafana"),
        **_steps("cassandra", "temporal", 1),
        **_steps("cassandra", "visibility", 0),
        **_steps("mysql/v57", "temporal", 2),
        **_steps("mysql/v57", "visibility", 1),
        **_steps("postgresql/v96", "temporal", 2),
        **_steps("postgresql/v96", "visibility", 1),
    }


def latest_age(version: str = "1.31.2", default: str = "1.11") -> Files:
    """1.24 and later: Cassandra has no visibility, and one folder per database is left."""
    minor = int(default.partition(".")[2])
    return {
        "go.mod": "module go.temporal.io/server\n\ngo 1.26.4\n\ntoolchain go1.26.5\n",
        "cmd/server/main.go": _main("mysql", "postgresql", "sqlite"),
        "common/headers/version_checker.go": _headers(version),
        f"{_SQL}/mysql/plugin.go": _plugin(PluginName="mysql8"),
        f"{_SQL}/postgresql/plugin.go": _plugin(PluginName="postgres12", PluginNamePGX="postgres12_pgx"),
        f"{_SQL}/sqlite/plugin.go": _plugin(PluginName="sqlite"),
        f"{_SQL}/sqlite/typeconv.go": "package plugin\n",
        "schema/cassandra/version.go": _versions("1.2"),
        "schema/mysql/v8/version.go": _versions(default, "1.2"),
        "schema/postgresql/v12/version.go": _versions(default, "1.2"),
        "schema/sqlite/version.go": _versions("0.2", "0.1"),
        "schema/elasticsearch/visibility/index_template_v7.json": "{}",
        "schema/elasticsearch/visibility/versioned/v9/index_template_v7.json": "{}",
        "schema/elasticsearch/visibility/versioned/v14/index_template_v7.json": "{}",
        "schema/elasticsearch/visibility/versioned/v15/reindex.json": "{}",
        "develop/github/docker-compose.yml": _compose("postgres:13.5 # tested", "cassandra:5.0"),
        **_steps("cassandra", "temporal", 2),
        **_steps("mysql/v8", "temporal", minor),
        **_steps("mysql/v8", "visibility", 2),
        **_steps("postgresql/v12", "temporal", minor),
        **_steps("postgresql/v12", "visibility", 2),
        **_steps("sqlite/v3", "temporal", 2, first=2, major=0),
    }


#: What the tags below are of, with the moment of their commits.
AGES = {
    "1.0.0": (first_age(), "2020-09-29T23:30:00-0700"),
    "1.14.0": (sqlite_age(), "2021-12-20T10:00:00+0000"),
    "1.31.2": (latest_age(), "2026-07-07T10:54:51-0700"),
    "1.31.2.1": (latest_age("1.31.2"), "2026-07-09T00:30:00+0200"),
}

#: The stable ones first; the rest must be left out.
TAGS = (*(f"v{version}" for version in AGES), "v0.31.0", "1.9.1", "v1.32", "v1.31.3-rc.1", "v1.31.3.hotfix")

BY_HAND: dict[str, Any] = {
    "about": "as the built-in one",
    "known_to_exist": ["1.31.9", "1.31.10"],
    "known_to_exist_source": "somebody said so",
    "releases": [
        {
            "version": "1.32.0",
            "published": None,
            "announced_by": "2026-09-11",
            "reported": "1.32.0",
            "go": "1.26.8",
            "plugins": ["mysql8"],
            "schema": {"mysql/v8": {"default": "1.12", "visibility": "1.2"}},
            "index": 14,
            "tested_with": None,
            "schema_versions": {"mysql/v8/default": [f"1.{n}" for n in range(13)]},
            "source": "go.temporal.io/server@v1.32.0 (Go module)",
        }
    ],
}


def write(root: Path, files: Mapping[str, str]) -> Path:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


def git(root: Path, *arguments: str, day: str = "2020-01-01T00:00:00+0000") -> str:
    person = {f"GIT_{who}_{what}": "x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environment = {**os.environ, **person, "GIT_COMMITTER_DATE": day, "GIT_CONFIG_GLOBAL": os.devnull}
    done = subprocess.run(
        ["git", "-C", str(root), *arguments], env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout


def commit(root: Path, files: Mapping[str, str], day: str) -> str:
    """Commit exactly these files after the last commit."""
    git(root, "rm", "-rfq", "--ignore-unmatch", ".")
    write(root, files)
    git(root, "add", "-A")
    git(root, "commit", "-qm", "state", "--allow-empty", day=day)
    return git(root, "rev-parse", "HEAD").strip()


def repository(root: Path, tags: Sequence[str] = TAGS) -> Path:
    """A repository of all layouts, with tags in the given order; every second tag is annotated."""
    root.mkdir()
    git(root, "init", "-q")
    commits = {f"v{version}": commit(root, files, day) for version, (files, day) in AGES.items()}
    for number, tag in enumerate(tags):
        annotated = ("-a", "-m", "release") if number % 2 else ()
        git(root, "tag", *annotated, tag, commits.get(tag, "HEAD"))
    return root


def data(root: Path, by_hand: Mapping[str, Any] = BY_HAND) -> Path:
    """A data folder with only the file of manual releases."""
    root.mkdir(exist_ok=True)
    (root / "releases_by_hand.json").write_text(json.dumps(by_hand), encoding="utf-8")
    return root
