"""The time-series store: contract, schema, line protocol, adapters, and rollups from registers to intervals."""
