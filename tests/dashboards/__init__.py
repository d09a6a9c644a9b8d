"""Tests of the mixin: rules by promtool, dashboards by their own JSON."""
