"""Checks whether a self-hosted Temporal server, its databases and their schemas fit together.

The Python API is private: any name in this package can change in any release, and there is no `py.typed`.
The command line, the HTTP API, the metrics and the configuration are stable.
"""

__version__ = "0.1.0"
