"""Checks of the Temporal server itself."""
