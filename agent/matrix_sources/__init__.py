"""Matrices from the user's files and addresses: overlays, and bundles newer than the built-in matrix."""
