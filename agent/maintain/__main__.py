"""The maintainer's command line."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from agent.components.registry import ALL
from agent.maintain import advisory_records, bundle, chart_versions
from agent.maintain import catalog_snapshots as snapshots
from agent.maintain.go_modules import GoModules
from agent.maintain.manual_releases import module_line
from agent.maintain.releases import write
from agent.maintain.repository import Repository
from agent.maintain.schema_bench import Address
from agent.maintain.source_tree import MaintainError
from agent.maintain.update import ShapeWriter, update
from agent.maintain.watch import stopped_by_signals, watch

_WITH_CATALOGUE = [component.name for component in ALL if component.has_catalogue]

DATA = Path(__file__).parents[1] / "matrix" / "data"
CHARTS = Path(__file__).parents[1] / "config" / "temporal_files" / "data"


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        lines = _COMMANDS[options.command](options)
    except (MaintainError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0


def _releases(options: argparse.Namespace) -> list[str]:
    return write(Repository(options.repository), options.data)


def _charts(options: argparse.Namespace) -> list[str]:
    return chart_versions.write(Repository(options.repository), options.data)


def _bundle(options: argparse.Namespace) -> list[str]:
    return bundle.write(options.data, options.out)


def _shapes(options: argparse.Namespace) -> list[str]:
    return _write_shapes(options, (), options.data)


def _write_shapes(options: argparse.Namespace, modules: Sequence[Path], data: Path) -> list[str]:
    address = Address(options.host, options.port, options.user, options.password_file, options.attributes)
    clone = Repository(options.repository)
    held = [*options.module, *modules]
    return snapshots.write(options.component, clone, held, options.tool, address, data)


def _shape_writers(texts: Sequence[str]) -> dict[str, ShapeWriter]:
    """By component, what writes its shapes; each text has the arguments of `shapes`."""
    parser = argparse.ArgumentParser(prog="--shapes")
    _snapshot_arguments(parser)
    stores = [parser.parse_args(shlex.split(text)) for text in texts]
    return {store.component: partial(_write_shapes, store) for store in stores}


def _module(options: argparse.Namespace) -> list[str]:
    return [module_line(options.folder)]


def _update(options: argparse.Namespace) -> list[str]:
    return _updated(options) or ["up to date: the files have every release that the module proxy lists"]


def _updated(options: argparse.Namespace) -> list[str]:
    today = options.date or datetime.now(UTC).date()
    return update(GoModules(), options.data, options.bundle, today, _shape_writers(options.shapes))


def _watch(options: argparse.Namespace) -> list[str]:
    stopped = stopped_by_signals()
    watch(lambda: _updated(options), lambda: stopped.wait(options.interval_seconds))
    return []


def _advisory(options: argparse.Namespace) -> list[str]:
    return advisory_records.enter(options.record, options.data)


_COMMANDS: Mapping[str, Callable[[argparse.Namespace], list[str]]] = {
    "releases": _releases,
    "charts": _charts,
    "bundle": _bundle,
    "shapes": _shapes,
    "module": _module,
    "advisory": _advisory,
    "update": _update,
    "watch": _watch,
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m agent.maintain",
        description="Updates the data files of the matrix; see docs/matrix.md.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    releases = commands.add_parser(
        "releases", help="rewrite the matrix' releases from a clone of Temporal's repository"
    )
    releases.add_argument("--repository", type=Path, required=True, help="the clone, with its tags")
    releases.add_argument(
        "--data", type=Path, default=DATA, help="folder of the matrix' files (default: the built-in one)"
    )
    charts = commands.add_parser(
        "charts",
        help="rewrite what each version of Temporal's Helm chart fills in, from a clone of its charts",
    )
    charts.add_argument("--repository", type=Path, required=True, help="the clone, with its tags")
    charts.add_argument("--data", type=Path, default=CHARTS, help="folder of the file")
    bundled = commands.add_parser(
        "bundle", help="write all files of the matrix as one bundle, and print its checksum"
    )
    bundled.add_argument("out", type=Path, help="file to write")
    bundled.add_argument(
        "--data", type=Path, default=DATA, help="folder of the matrix' files (default: the built-in one)"
    )
    _snapshot_arguments(
        commands.add_parser("shapes", help="write the catalog of each schema version from a real store")
    )
    advisory = commands.add_parser(
        "advisory", help="enter a vulnerability, from its CVE or OSV record, into advisories.json"
    )
    advisory.add_argument("record", type=Path, help="the record, as JSON")
    advisory.add_argument(
        "--data", type=Path, default=DATA, help="folder of the matrix' files (default: the built-in one)"
    )
    module = commands.add_parser(
        "module", help="print the line for a release that is only available as a Go module"
    )
    module.add_argument("folder", type=Path, help="the module's folder in Go's module cache")
    _update_arguments(
        commands.add_parser(
            "update", help="read every release that the Go module proxy has and the files lack"
        )
    )
    watching = commands.add_parser("watch", help="repeat `update` until SIGTERM")
    _update_arguments(watching)
    watching.add_argument(
        "--interval-seconds", type=float, default=3600.0, help="pause between updates (default: 3600)"
    )
    return parser


def _update_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--shapes",
        action="append",
        default=[],
        metavar="ARGUMENTS",
        help="the arguments of `shapes` for one kind of store, as one text: its shapes are written if a new "
        "release has new schema steps for it; repeatable",
    )
    parser.add_argument("--bundle", type=Path, help="also write all files as one bundle to this file")
    parser.add_argument(
        "--date",
        type=date.fromisoformat,
        help="date of the matrix if something changed, as YYYY-MM-DD (default: today, UTC)",
    )
    parser.add_argument(
        "--data", type=Path, default=DATA, help="folder of the matrix' files (default: the built-in one)"
    )


def _snapshot_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("component", choices=_WITH_CATALOGUE, help="the kind of store")
    parser.add_argument("--repository", type=Path, required=True, help="the clone, with its tags")
    parser.add_argument(
        "--module",
        type=Path,
        action="append",
        default=[],
        help="folder of a Go module, for a release without a tag in the clone; repeatable",
    )
    parser.add_argument(
        "--tool",
        type=Path,
        action="append",
        required=True,
        help="temporal-sql-tool or temporal-cassandra-tool; repeat it for steps that the first cannot read",
    )
    parser.add_argument("--host", default="127.0.0.1", help="host of the store (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, required=True, help="port of the store")
    parser.add_argument("--user", default="", help="user that may create and drop databases")
    parser.add_argument("--password-file", type=Path, help="file with the password of the user")
    parser.add_argument("--attributes", default="", help="SQL_CONNECT_ATTRIBUTES for the tool")
    parser.add_argument(
        "--data", type=Path, default=DATA, help="folder of the matrix' files (default: the built-in one)"
    )


if __name__ == "__main__":
    raise SystemExit(main())
