"""Opens a file that somebody else may have put there: only a regular file, and without waiting."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO


def open_regular(path: Path) -> BinaryIO:
    """The file, opened for reading.

    A named pipe would block until somebody writes to it, and a device may never end.

    Raises:
        OSError: the file cannot be opened, or it is not a regular file.
        ValueError: its path contains NUL.
    """
    # O_NONBLOCK: to open a named pipe does not wait for its writer.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        raise OSError(errno.EINVAL, "is not a regular file")
    return os.fdopen(descriptor, "rb")
