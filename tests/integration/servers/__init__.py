"""Real servers for tests: obtained once, into a cache; run on loopback, in temporary folders."""
