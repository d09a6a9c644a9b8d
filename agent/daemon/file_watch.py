"""Notices that a file of the configuration has changed, and waits until it stays as it is."""

from __future__ import annotations

from agent.config.sources import Sources

#: Seconds between two looks. A change is taken in once two looks in a row have seen the same.
LOOK_EVERY = 5.0


class FileWatch:
    """The files that the last attempt to load a configuration has read."""

    def __init__(self, loaded: Sources) -> None:
        self.use(loaded)

    def use(self, loaded: Sources) -> None:
        """Compare with these files from now on."""
        self._loaded = self._seen = loaded

    def has_changed(self) -> bool:
        """Whether a file has changed since it was loaded, and has not changed since the last call.

        An editor writes a file in several steps, and a ConfigMap of several files changes one by one.
        """
        current, before = self._loaded.look_again(), self._seen
        self._seen = current
        return current.are_unchanged(before) and not current.are_unchanged(self._loaded)
