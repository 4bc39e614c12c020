"""The time-series store: contract, schema, line protocol, adapters; rollups from registers to intervals."""
