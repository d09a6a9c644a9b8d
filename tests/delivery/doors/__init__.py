"""Every way to the agent, as a new user goes it: from an empty folder to a firing alert.

`python -m tests.delivery.doors` runs all of them and writes the record; CONTRIBUTING.md explains it.
"""
