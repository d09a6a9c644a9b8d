"""How probes reach a target: addresses, TLS, deadlines, size bounds, wire protocols."""
