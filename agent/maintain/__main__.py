"""The maintainer's command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from agent.components.registry import ALL
from agent.maintain import advisory_records, bundle
from agent.maintain import catalog_snapshots as snapshots
from agent.maintain.manual_releases import module_line
from agent.maintain.releases import write
from agent.maintain.repository import Repository
from agent.maintain.schema_bench import Address
from agent.maintain.source_tree import MaintainError

_WITH_CATALOGUE = [component.name for component in ALL if component.has_catalogue]

DATA = Path(__file__).parents[1] / "matrix" / "data"


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        if options.command == "releases":
            lines = write(Repository(options.repository), options.data)
        elif options.command == "bundle":
            lines = bundle.write(options.data, options.out)
        elif options.command == "shapes":
            address = Address(
                options.host, options.port, options.user, options.password_file, options.attributes
            )
            clone = Repository(options.repository)
            lines = snapshots.write(
                options.component, clone, options.module, options.tool, address, options.data
            )
        elif options.command == "advisory":
            lines = advisory_records.enter(options.record, options.data)
        else:
            lines = [module_line(options.folder)]
    except (MaintainError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0


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
    return parser


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
