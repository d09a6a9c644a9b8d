"""From the configuration of a cluster to its snapshot: targets, probes with their deadlines, one round."""
