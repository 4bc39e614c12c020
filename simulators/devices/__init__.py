"""Simulated devices, one module a dialect, each written from its vendor's document or its standard."""
