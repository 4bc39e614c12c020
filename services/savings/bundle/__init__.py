"""A statement as one signed file that anyone can check offline: made, kept, and verified."""
