"""What runs while it is entered as a context, and leaves nothing behind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Self


class Running(ABC):
    """Starts when entered, and is closed when left, also when it did not come up."""

    @abstractmethod
    def start(self) -> None:
        """Start, and wait until it answers."""

    @abstractmethod
    def close(self) -> None:
        """End it, and remove its files; fine if it never started."""

    def begin(self) -> None:
        """What entering does: for most to start."""
        self.start()

    def __enter__(self) -> Self:
        try:
            self.begin()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
