"""`kilowitness bench savings`."""
