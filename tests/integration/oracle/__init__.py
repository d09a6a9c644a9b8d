"""Prepared states, on each of which a real server is started, and the agent says before whether it will."""
