"""Checks of one store."""
