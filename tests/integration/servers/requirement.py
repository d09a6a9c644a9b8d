"""What happens to a test whose server can't be had here."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

import pytest

from .commands import UnavailableError

T = TypeVar("T")


def require(obtain: Callable[[], T]) -> T:
    """What `obtain` returns. If it is unavailable here, the test is skipped; with CI=true it fails."""
    try:
        return obtain()
    except UnavailableError as reason:
        if os.environ.get("CI") == "true":
            pytest.fail(f"needed with CI=true: {reason}", pytrace=False)
        pytest.skip(str(reason))
