"""Secrets stand outside the configuration: in a file or in the environment, and are read when needed."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}", re.ASCII)

#: A file that holds a secret is short; more than this is some other file.
_MAX_CHARACTERS = 65536


class SecretUnreadableError(Exception):
    """The file or the variable of a secret is not there. The text names it, never its content."""


@dataclass(frozen=True)
class Secret:
    """Where a secret is: `${NAME}` or a path. Reading it again for every connection lets it rotate."""

    reference: str

    def read(self) -> str:
        """The secret, without the newline that editors leave at the end.

        Raises:
            SecretUnreadableError: there is none.
        """
        match = VARIABLE.fullmatch(self.reference)
        if match is not None:
            value = os.environ.get(match[1])
            if value is None:
                raise SecretUnreadableError(f"the environment has no variable {match[1]}")
            return value
        try:
            with Path(self.reference).open(encoding="utf-8") as file:
                return file.read(_MAX_CHARACTERS).rstrip("\r\n")
        except (OSError, ValueError) as error:
            # The text of a ValueError would quote what was read.
            why = error.strerror if isinstance(error, OSError) else type(error).__name__
            raise SecretUnreadableError(f"{self.reference}: cannot be read: {why}") from error
