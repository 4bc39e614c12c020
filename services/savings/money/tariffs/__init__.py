"""Electricity tariffs as dated plans: TOML files in, prices at instants and energy by period out."""
