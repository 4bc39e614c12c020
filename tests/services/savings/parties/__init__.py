"""Who speaks for which side."""
