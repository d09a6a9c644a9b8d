"""The environment of a Temporal server in a container: from an env file, or from a compose file."""
