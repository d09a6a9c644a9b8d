"""Tests against real servers, which `servers` obtains and runs on loopback."""
