"""Tests of the matrix: laws over every release, and what the sources say."""
