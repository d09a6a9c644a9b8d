"""Evaluates the part of Go's templates that server configurations of Temporal use, in its two dialects."""
