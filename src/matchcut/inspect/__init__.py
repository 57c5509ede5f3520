"""Judging pixels: one measure a file, pure functions on arrays."""
