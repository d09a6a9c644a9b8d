"""`python -m deploy.deb`: build the Debian package of the current tree into `dist/`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import click

from agent import __version__
from deploy.deb import package
from deploy.release import packages
from deploy.release.commands import ReleaseError, run

ROOT = Path(__file__).parents[2]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--dist",
    type=click.Path(file_okay=False, path_type=Path),
    default=ROOT / "dist",
    help="The folder to write to; dist/ by default.",
)
def build(dist: Path) -> None:
    """Build the Debian package of the current tree, for the minor version of Python that runs this."""
    epoch = run(["git", "log", "-1", "--format=%ct"], folder=ROOT).strip()
    with tempfile.TemporaryDirectory() as folder:
        built = packages.build(ROOT, Path(folder), epoch)
        (wheel,) = (path for path in built if path.suffix == ".whl")
        click.echo(package.build(ROOT, wheel, dist, __version__, epoch))


def main() -> None:
    """Run the command; an expected failure is one sentence and exit code 1."""
    try:
        build.main(prog_name="python -m deploy.deb", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except ReleaseError as error:
        click.echo(f"No package: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
