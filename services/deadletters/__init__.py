"""What collectors could not understand: kept with its reasons, listed, replayed and dropped."""
