"""Contracts, baselines, savings with their uncertainty, settlement and statement."""
