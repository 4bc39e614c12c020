"""Measurement and verification: energy and its drivers in; baselines, savings and their error out."""
