"""The variables that a container gets, each with its value and its place."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from agent.config.document import Document, Place
from agent.config.environment.interpolation import InterpolationError, substitute

#: The folder in which Temporal's images start the server.
HOME = "/etc/temporal"
#: Bytes of an env file or a compose file. Real ones have less than a tenth.
MAX_BYTES = 1_000_000


@dataclass(frozen=True)
class ContainerVariable:
    """One variable: the text as written, where it is, and its value; `error` says why there is none."""

    written: str
    document: Document
    place: Place
    value: str = ""
    error: str = ""


def variable(written: str, document: Document, place: Place, others: Mapping[str, str]) -> ContainerVariable:
    """The variable whose text may use the variables `others`."""
    try:
        return ContainerVariable(written, document, place, substitute(written, others))
    except InterpolationError as error:
        return ContainerVariable(written, document, place, error=str(error))


@dataclass(frozen=True)
class ContainerEnvironment:
    """The variables of one container, and where a variable that is not set would be.

    `reference`: what names this container in the reference to a secret. `image`: the name with its tag;
    empty if there is none. `host`: the name of the container in its network; empty if it is this machine,
    None if it is not known. `mounts`: the folders and files of this machine that the container has, by their
    path there. `command`: the words that it runs instead of those of its image; empty if it does not.
    """

    variables: Mapping[str, ContainerVariable]
    document: Document
    place: Place
    reference: tuple[str, ...] = ()
    image: str = ""
    host: str | None = ""
    mounts: Mapping[str, Path] = field(default_factory=dict)
    command: str = ""

    def on_this_machine(self, path: str) -> Path | None:
        """Where a path of the container is here; None if it is not mounted, or not here.

        A relative path is relative to HOME.
        """
        inside = PurePosixPath(HOME) / path
        for above in (inside, *inside.parents):
            source = self.mounts.get(str(above))
            if source is not None:
                found = source / inside.relative_to(above)
                return found if os.path.exists(found) else None
        return None


def secret_text(where: str) -> str:
    """The text of a variable whose value is in a secret that the agent does not read."""
    return f"<secret:{where}>"


def values_of(variables: Mapping[str, ContainerVariable]) -> dict[str, str]:
    """The values of all variables that have one."""
    return {name: each.value for name, each in variables.items() if not each.error}
