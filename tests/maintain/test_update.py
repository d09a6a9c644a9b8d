"""`update` and `watch`: the matrix from Go modules alone, with Go's own client and a proxy in a folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from socket import create_server
from typing import Any
from unittest.mock import patch

import pytest

from agent.maintain.__main__ import main
from agent.maintain.go_modules import GoModules
from agent.maintain.source_tree import MaintainError
from agent.maintain.update import update
from agent.maintain.watch import watch
from agent.matrix_sources.bundle import parse_bundle
from tests.integration.servers.commands import UnavailableError
from tests.laws import law
from tests.maintain.layouts import Files
from tests.maintain.module_proxy import (
    CONFIG,
    CONSTANTS,
    TEMPLATE,
    ModuleProxy,
    config,
    module_files,
    small_data,
    template,
)

DAY = "2026-12-02"


class Bench:
    """A proxy, a data folder and a bundle."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.proxy = ModuleProxy(root / "proxy")
        self.data = small_data(root / "data")
        self.bundle = root / "bundle.json"
        self.proxy.publish("1.31.2", module_files("1.31.2", keys=("history.a", "history.old")), "2026-07-07")

    def update(self, cache: str = "cache", *options: str) -> int:
        out = ("--data", str(self.data), "--bundle", str(self.bundle), "--date", DAY, *options)
        with self.proxy.used(self.root / cache):
            return main(["update", *out])

    def contents(self) -> dict[str, bytes]:
        files = {path.name: path.read_bytes() for path in self.data.iterdir()}
        return files | ({"bundle": self.bundle.read_bytes()} if self.bundle.exists() else {})

    def document(self, name: str) -> Any:
        return json.loads((self.data / f"{name}.json").read_bytes())

    def releases(self) -> list[str]:
        return [entry["version"] for entry in self.document("releases")["releases"]]


@pytest.fixture
def bench(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Bench:
    try:
        found = Bench(tmp_path)
        assert found.update("first cache") == 0
    except UnavailableError as error:
        pytest.skip(str(error))
    capsys.readouterr()
    return found


def test_a_new_release_enters_every_file_and_the_bundle(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.proxy.publish("1.31.9", module_files("1.31.9"))
    fields = json.loads(module_files("1.33.0")[TEMPLATE])["mappings"]["properties"]
    types = {name: entry["type"] for name, entry in fields.items()}
    new_files = {
        TEMPLATE.replace("v14", "v16"): template(**types, TemporalNew="keyword"),
        CONFIG: config("defaultStore", "otherStore"),
    }
    bench.proxy.publish("1.33.0", module_files("1.33.0", "1.20") | new_files)
    assert bench.update() == 0
    report = capsys.readouterr().out.splitlines()

    assert bench.releases()[-2:] == ["1.31.9", "1.33.0"]
    line = bench.document("releases_by_hand")["releases"][-1]
    assert (line["published"], line["go"], line["index"]) == ("2026-12-01", "1.26.4", 16)
    assert line["sum"].startswith("h1:")
    assert bench.document("releases_by_hand")["known_to_exist"] == []
    lists = bench.document("schema_versions")["lists"]
    assert lists["postgresql/v12/default"]["versions"][-1] == "1.20"
    assert lists["postgresql/v96/visibility"]["versions"] == ["1.0", "1.1"]
    assert bench.document("dynamic_keys")["dropped"]["1.31.9"] == ["history.old"]
    template_line = bench.document("index_fields")["templates"][-1]
    assert (template_line["version"], template_line["set"]) == (16, {"TemporalNew": "keyword"})
    assert bench.document("published")["published"] == DAY
    assert parse_bundle("bundle", bench.bundle.read_bytes()).releases.all[-1].name == "1.33.0"

    assert report[:2] == ["1.31.9: new", "1.33.0: new"]
    decisions = "\n".join(line for line in report if line.startswith("decide: "))
    for words in (
        "1.31.9: enter what replaced history.old into `replaced` of dynamic_keys.json",
        "1.33.0: enter the warnings of its release notes into advisories.json, and what the documentation",
        "schema/postgresql/v12/temporal/versioned/v1.20 is new or differs from 1.31.9; update has no store "
        "to read its shapes from: run `python -m agent.maintain shapes postgresql --repository CLONE ",
        "server's own file: removed visibilityStore, added otherStore; enter them into server_keys.json",
    ):
        assert words in decisions
    assert "v1.19 is new" not in decisions


def test_new_steps_get_their_shapes_from_the_store_that_was_given(bench: Bench) -> None:
    """tests/integration/test_matrix_shapes.py has `shapes` with a real store."""
    bench.proxy.publish("1.33.0", module_files("1.33.0", "1.20"))
    given: list[list[str]] = []

    def write(modules: Sequence[Path], data: Path) -> list[str]:
        given.append([str(module.name) for module in modules])
        steps = modules[0] / "schema/postgresql/v12/temporal/versioned"
        (data / "shapes").mkdir()
        (data / "shapes/postgresql-default.json").write_text(
            str(sorted(each.name for each in steps.iterdir()))
        )
        return ["postgresql default: 1 version"]

    with bench.proxy.used(bench.root / "cache"):
        lines = update(GoModules(), bench.data, None, date.fromisoformat(DAY), {"postgresql": write})
    assert given == [["server@v1.33.0"]]
    assert "v1.20" in (bench.data / "shapes/postgresql-default.json").read_text()
    assert "postgresql default: 1 version" in lines
    decided = [line for line in lines if "postgresql/v12/temporal/versioned/v1.20" in line]
    assert decided
    assert all("review its shapes" in line for line in decided)


def test_shapes_that_cannot_be_written_leave_every_file_as_it_is(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.proxy.publish("1.33.0", module_files("1.33.0", "1.20"))
    before = bench.contents()
    arguments = f"postgresql --repository {bench.root / 'nowhere'} --tool temporal-sql-tool --port 5432"
    assert bench.update("cache", "--shapes", arguments) == 1
    assert "nowhere" in capsys.readouterr().err
    assert bench.contents() == before


def test_a_second_run_changes_nothing_on_any_machine_and_any_day(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.proxy.publish("1.31.3", module_files("1.31.3"))
    assert bench.update() == 0
    before = bench.contents()
    capsys.readouterr()
    assert bench.update("another cache") == 0
    assert capsys.readouterr().out.startswith("up to date: ")
    assert bench.contents() == before


def test_a_key_that_the_newest_release_has_again_is_not_dropped(bench: Bench) -> None:
    bench.proxy.publish("1.31.3", module_files("1.31.3", keys=("history.a", "history.backported")))
    bench.proxy.publish("1.33.0", module_files("1.33.0", keys=("history.A",)))
    bench.proxy.publish("1.33.1", module_files("1.33.1", keys=("history.a", "history.backported")))
    assert bench.update() == 0
    dropped = bench.document("dynamic_keys")["dropped"]
    assert dropped["1.31.3"] == ["history.old"]
    assert not {"1.33.0", "1.33.1"} & dropped.keys()


def test_a_list_whose_release_is_missing_is_an_error(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    path = bench.data / "schema_versions.json"
    path.write_text(path.read_text().replace("temporalio/temporal@v1.31.2", "temporalio/temporal@v1.31.1"))
    assert bench.update() == 1
    assert "schema_versions.json has folders of 1.31.1, which releases.json lacks" in capsys.readouterr().err


# A bad proxy


def cut(bench: Bench) -> None:
    path = bench.proxy.folder / "v1.31.3.zip"
    path.write_bytes(path.read_bytes()[:-200])


def down(bench: Bench) -> None:
    bench.proxy.url = (bench.root / "nowhere").as_uri()


def without(path: str) -> Callable[[Bench], None]:
    def damage(bench: Bench) -> None:
        files = {name: text for name, text in module_files("1.31.3").items() if name != path}
        bench.proxy.publish("1.31.3", files)

    return damage


def having(**files: str) -> Callable[[Bench], None]:
    """With these texts in the files that the keys name."""
    paths = {"go_mod": "go.mod", "template": TEMPLATE, "config": CONFIG}
    changed: Files = {paths[name]: text for name, text in files.items()}
    return lambda bench: bench.proxy.publish("1.31.3", module_files("1.31.3") | changed)


def serving(kind: str, content: bytes) -> Callable[[Bench], None]:
    return lambda bench: bench.proxy.write("1.31.3", kind, content)


def listing(text: str) -> Callable[[Bench], None]:
    def damage(bench: Bench) -> None:
        (bench.proxy.folder / "list").write_text(text)

    return damage


BAD: list[tuple[Callable[[Bench], None], str]] = [
    (down, "nowhere"),
    (cut, "go.temporal.io/server@v1.31.3: "),
    (serving("zip", b""), "go.temporal.io/server@v1.31.3: "),
    (serving("zip", b"<html>blocked</html>"), "go.temporal.io/server@v1.31.3: "),
    (serving("info", b"{}"), "go.temporal.io/server@v1.31.3: "),
    (serving("info", b"<html>"), "go.temporal.io/server@v1.31.3: "),
    (having(go_mod="module example.com/a\n\ngo 1.26\n"), "server@v1.31.3: go.mod is that of example.com/a"),
    (listing(""), "go.temporal.io/server: "),
    (listing("v1.31.2\nv1.31.3\nv1.40.0\n"), "go.temporal.io/server@v1.40.0: "),
    (listing("v1.31.3-rc.1\nv0.3.0\n"), "go.temporal.io/server: the module proxy lists no release"),
    (without("cmd/server/main.go"), "v1.31.3: cmd/server/main.go: file not found"),
    (without("go.mod"), "v1.31.3: go.mod: file not found"),
    (without(CONFIG), f"v1.31.3: {CONFIG}: file not found"),
    (without(CONSTANTS), f"v1.31.3: {CONSTANTS}: does not contain a setting"),
    (having(template="[]"), f"v1.31.3: {TEMPLATE}: is not an index template"),
    (having(config="package config\n"), f"v1.31.3: {CONFIG}: does not contain a struct Persistence"),
]


def test_a_bad_proxy_changes_no_file(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    before, cases = bench.contents(), iter(range(len(BAD)))

    @law(BAD)
    def nothing_is_written(damage: Callable[[Bench], None], complaint: str) -> None:
        bench.proxy.url = (bench.root / "proxy").as_uri()
        bench.proxy.publish("1.31.3", module_files("1.31.3"))
        (bench.proxy.folder / "list").write_text("v1.31.2\nv1.31.3\n")
        damage(bench)
        assert bench.update(f"cache {next(cases)}") == 1
        output = capsys.readouterr()
        assert complaint in output.err
        assert output.out == ""
        assert output.err.count("\n") == 1
        assert bench.contents() == before

    nothing_is_written()


def test_a_proxy_that_never_answers_is_an_error(bench: Bench) -> None:
    with create_server(("127.0.0.1", 0)) as silent, bench.proxy.used(bench.root / "cache"):
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        message = r"the module proxy did not answer within 0\.2 seconds"
        with patch.dict("os.environ", GOPROXY=address), pytest.raises(MaintainError, match=message):
            GoModules(timeout_seconds=0.2).versions()


def test_a_moved_tag_is_an_error(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.proxy.publish("1.31.3", module_files("1.31.3"))
    assert bench.update() == 0
    before = bench.contents()
    bench.proxy.publish("1.31.3", module_files("1.31.3") | {"README.md": "another"})
    bench.proxy.publish("1.31.4", module_files("1.31.4"))
    capsys.readouterr()
    assert bench.update("another cache") == 1
    error = capsys.readouterr().err
    assert "go.temporal.io/server@v1.31.3 is not the module that was read" in error
    assert "remove its line from releases_by_hand.json and releases.json" in error
    assert bench.contents() == before


def test_without_go_the_error_says_what_to_install(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(bench.root))
    assert main(["update", "--data", str(bench.data)]) == 1
    assert "install Go, or set PATH" in capsys.readouterr().err


# Watch


def test_a_release_that_appears_while_it_watches_is_in_the_next_bundle(bench: Bench) -> None:
    found: list[list[str]] = []

    def wait() -> bool:
        found.append(bench.releases())
        bench.proxy.publish(f"1.31.{len(found) + 2}", module_files(f"1.31.{len(found) + 2}"))
        return len(found) == 3

    watch(lambda: [str(bench.update(f"cache {len(found)}"))], wait)
    assert [names[-1] for names in found] == ["1.31.2", "1.31.3", "1.31.4"]
    assert parse_bundle("bundle", bench.bundle.read_bytes()).releases.named("1.31.4") is not None


def test_an_update_that_fails_is_reported_once_and_tried_again(capsys: pytest.CaptureFixture[str]) -> None:
    results: list[list[str] | Exception] = [
        MaintainError("the proxy is down"),
        MaintainError("the proxy is down"),
        OSError("the disk is full"),
        ["1.31.3: new"],
    ]

    def update() -> list[str]:
        result = results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    watch(update, lambda: not results)
    output = capsys.readouterr()
    assert output.out == "1.31.3: new\n"
    assert output.err == "the proxy is down\nthe disk is full\nthe module proxy answers again\n"
