"""Tests of the maintainer's command, on repositories that they make themselves."""
