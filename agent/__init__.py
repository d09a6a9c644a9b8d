"""Watches whether a self-hosted Temporal server, its stores and their schemas fit together.

The Python API is private: any name in this package can change in any release, and there is no `py.typed`.
Stable are the command line, HTTP, the metrics and the configuration.
"""

__version__ = "0.1.0"
