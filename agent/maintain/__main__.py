"""The maintainer's command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from agent.components.registry import ALL
from agent.maintain import bundle
from agent.maintain import catalog_snapshots as shapes
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
            said = write(Repository(options.repository), options.data)
        elif options.command == "bundle":
            said = bundle.write(options.data, options.out)
        elif options.command == "shapes":
            address = Address(
                options.host, options.port, options.user, options.password_file, options.attributes
            )
            clone = Repository(options.repository)
            said = shapes.write(options.component, clone, options.module, options.tool, address, options.data)
        else:
            said = [module_line(options.folder)]
    except (MaintainError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("".join(f"{line}\n" for line in said))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m agent.maintain", description="Keeps the matrix' releases; see docs/matrix.md."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    releases = commands.add_parser(
        "releases", help="write the matrix' releases anew from a clone of Temporal"
    )
    releases.add_argument("--repository", type=Path, required=True, help="the clone, with its tags")
    releases.add_argument(
        "--data", type=Path, default=DATA, help="folder of the matrix' files (the built-in)"
    )
    bundled = commands.add_parser("bundle", help="write all files of the matrix as one, and its checksum")
    bundled.add_argument("out", type=Path, help="where to")
    bundled.add_argument("--data", type=Path, default=DATA, help="folder of the matrix' files (the built-in)")
    _shapes(commands.add_parser("shapes", help="write what each schema version looks like on a real store"))
    module = commands.add_parser(
        "module", help="print the line of a release that is known as a Go module only"
    )
    module.add_argument("folder", type=Path, help="the module's folder in Go's module cache")
    return parser


def _shapes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("component", choices=_WITH_CATALOGUE, help="what runs there")
    parser.add_argument("--repository", type=Path, required=True, help="the clone, with its tags")
    parser.add_argument(
        "--module", type=Path, action="append", default=[], help="folder of a release that is no tag there"
    )
    parser.add_argument(
        "--tool",
        type=Path,
        action="append",
        required=True,
        help="temporal-sql-tool or temporal-cassandra-tool; several, for steps that the first can't read",
    )
    parser.add_argument("--host", default="127.0.0.1", help="where the store runs (127.0.0.1)")
    parser.add_argument("--port", type=int, required=True, help="its port")
    parser.add_argument("--user", default="", help="may make and remove databases")
    parser.add_argument("--password-file", type=Path, help="its password")
    parser.add_argument("--attributes", default="", help="SQL_CONNECT_ATTRIBUTES of the tool")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the matrix' files (the built-in)")


if __name__ == "__main__":
    raise SystemExit(main())
