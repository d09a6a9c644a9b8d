"""Builds the Debian package. `python -m deploy.deb --help`."""
