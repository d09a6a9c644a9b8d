"""What carries the agent to its users: releases, the documentation site, files for other tools."""
