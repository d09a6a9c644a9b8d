"""Checks whether a self-hosted Temporal server, its databases and their schemas fit together.

The Python API is private: any name in this package can change in any release, and there is no `py.typed`.
The command line, the HTTP API, the metrics and the configuration are stable.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - pip checks this, but a checkout also runs without pip
    raise SystemExit(
        f"temporal-compat-agent needs Python 3.11 or later. This is Python {sys.version.split()[0]}."
    )

__version__ = "0.1.0"
