"""Turns answers of several probes into facts."""
