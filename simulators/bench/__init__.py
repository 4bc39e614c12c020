"""Benches: how fast, beside the ceiling of the same run on the same machine."""
