"""Trials of Temporal releases on real stores; their records are data of the matrix."""
