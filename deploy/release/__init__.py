"""Cuts a release: packages, SBOM, licences, notes. `python -m deploy.release --help`."""
