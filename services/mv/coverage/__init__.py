"""How often a band holds the truth: `python -m services.mv.coverage.study`."""
