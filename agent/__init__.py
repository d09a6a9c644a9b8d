"""Watches whether a self-hosted Temporal server, its stores and their schemas fit together."""

__version__ = "0.1.0"
