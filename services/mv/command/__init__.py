"""`kilowitness mv`: one saving from two files."""
