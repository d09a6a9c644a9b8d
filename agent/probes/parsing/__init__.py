"""Answers of several probes, read into facts."""
