"""Known vulnerabilities of the locked libraries, by pip-audit, and those that are accepted for a while."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from deploy.release.commands import ReleaseError, run

ACCEPTED = Path(__file__).with_name("accepted_vulnerabilities.toml")


@dataclass(frozen=True)
class Accepted:
    """A vulnerability that does not stop a release before the day `until`."""

    id: str
    reason: str
    until: date


def read(text: str) -> list[Accepted]:
    """The entries `[[accepted]]` of a TOML file; raise `ReleaseError` for one without its three keys."""
    found = []
    for number, entry in enumerate(tomllib.loads(text).get("accepted", []), 1):
        match entry:
            case {"id": str(name), "reason": str(reason), "until": date() as until, **rest} if (
                name and reason and not rest
            ):
                found.append(Accepted(name, reason, until))
            case _:
                raise ReleaseError(
                    f"{ACCEPTED.name}: entry {number} needs id, reason and a date until, no more"
                )
    return found


def ignored(accepted: list[Accepted], today: date) -> list[str]:
    """The IDs to ignore; raise `ReleaseError` if one was accepted until an earlier day."""
    if ended := [f"{each.id} (until {each.until})" for each in accepted if each.until < today]:
        raise ReleaseError(f"{ACCEPTED.name}: decide again about {', '.join(ended)}")
    return [each.id for each in accepted]


def audit(tools: Path, lock: Path, today: date) -> str:
    """What pip-audit prints about a lock with hashes.

    Raises `ReleaseError` for a vulnerability that is not accepted, and for a library that cannot be checked.
    """
    ids = ignored(read(ACCEPTED.read_text(encoding="utf-8")), today)
    options: list[str | Path] = [
        "--strict",
        "--require-hashes",
        "--disable-pip",
        "--progress-spinner",
        "off",
        "-r",
        lock,
    ]
    arguments = [argument for name in ids for argument in ("--ignore-vuln", name)]
    return run([tools, "-m", "pip_audit", *options, *arguments])
