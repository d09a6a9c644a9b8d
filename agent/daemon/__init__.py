"""The process: all clusters, when they are polled, what changes, reload and signals."""
