"""Institutions, buildings, meters and channels; register arithmetic and the dated meter ledger."""
