"""What the catalogue of a store says of its tables and indexes, written the same way for every version of it."""
