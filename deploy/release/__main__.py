"""`python -m deploy.release`: cut a release from a clean checkout into `dist/`."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from agent import __version__
from deploy.deb import package as deb
from deploy.release import changelog, inventory, packages, vulnerabilities
from deploy.release.commands import ReleaseError, run

ROOT = Path(__file__).parents[2]

tools_option = click.option(
    "--tools",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="A Python with the packages of requirements/release.txt.",
)
dist_option = click.option(
    "--dist",
    type=click.Path(file_okay=False, path_type=Path),
    default=ROOT / "dist",
    help="The folder to write to; dist/ by default.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Cut a release. The version is in agent/__init__.py, the notes are in CHANGELOG.md."""


@cli.command()
@tools_option
@dist_option
@click.option("--tag", is_flag=True, help="Also create the tag, with the notes as its message.")
def cut(tools: Path, dist: Path, tag: bool) -> None:
    """Check the tree, build the packages twice, and write SBOM, licences, notes and checksums."""
    notes = check_ready(ROOT, __version__)
    epoch = run(["git", "log", "-1", "--format=%ct"], folder=ROOT).strip()
    built = packages.build(ROOT, dist, epoch)
    run([tools, "-m", "twine", "check", "--strict", *built])
    (wheel,) = (path for path in built if path.suffix == ".whl")
    built += _write_inventory(wheel, tools, dist)
    built += packages.build_twice(lambda folder: deb.build(ROOT, wheel, folder, __version__, epoch), dist)
    notes_file = dist / "release-notes.md"
    notes_file.write_text(notes + "\n", encoding="utf-8")
    sums = dist / "SHA256SUMS"
    sums.write_text(packages.checksums([*built, notes_file]), encoding="utf-8")
    # Without --cleanup=verbatim git drops the headings of the notes as comments.
    command = ["git", "tag", "--annotate", "--cleanup=verbatim", "--file", str(notes_file), f"v{__version__}"]
    if tag:
        run(command, folder=ROOT)
    for path in (*built, notes_file, sums):
        click.echo(path)
    click.echo(f"Created the tag v{__version__}." if tag else f"Now create the tag: {' '.join(command)}")


@cli.command()
@tools_option
@dist_option
def sbom(tools: Path, dist: Path) -> None:
    """Write the SBOM and the list of licences of the current tree."""
    (wheel,) = (path for path in packages.build(ROOT, dist, "0") if path.suffix == ".whl")
    for path in _write_inventory(wheel, tools, dist):
        click.echo(path)


@cli.command()
@tools_option
def audit(tools: Path) -> None:
    """Look for known vulnerabilities of the locked libraries."""
    lock = ROOT / "requirements" / "run.txt"
    click.echo(vulnerabilities.audit(tools, lock, datetime.now(UTC).date()), nl=False)
    click.echo(f"No vulnerability is known in {lock.relative_to(ROOT)}, besides accepted ones.")


def check_ready(root: Path, version: str) -> str:
    """The notes of the release; raise `ReleaseError` if the checkout `root` is not ready for it."""
    if changed := run(["git", "status", "--porcelain"], folder=root).strip():
        raise ReleaseError(f"commit or remove these files first:\n{changed}")
    tags = run(["git", "tag", "--list", f"v{version}"], folder=root).split()
    # A workflow builds the release once more from its tag.
    if tags and tags[0] not in run(["git", "tag", "--points-at", "HEAD"], folder=root).split():
        raise ReleaseError(f"the tag v{version} exists: raise __version__ in agent/__init__.py")
    try:
        return changelog.release((root / "CHANGELOG.md").read_text(encoding="utf-8"), version).notes
    except changelog.ChangelogError as error:
        raise ReleaseError(str(error)) from error


def _write_inventory(wheel: Path, tools: Path, dist: Path) -> list[Path]:
    document = inventory.sbom(wheel, ROOT, tools, __version__)
    written = {"sbom.cdx.json": document, "licences.md": inventory.licences(json.loads(document))}
    for name, text in written.items():
        (dist / name).write_text(text, encoding="utf-8")
    return [dist / name for name in written]


def main() -> None:
    """Run the command; an expected failure is one sentence and exit code 1."""
    try:
        cli.main(prog_name="python -m deploy.release", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except ReleaseError as error:
        click.echo(f"No release: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
