"""What the catalogue of a store says of its tables and indexes, in the same words for every version."""
