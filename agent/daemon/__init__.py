"""The daemon: all clusters, their schedule, the log of changes, reload and the watchdog."""
