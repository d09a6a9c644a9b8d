"""Tests of the verdicts: laws first, then the cases that design names."""
