"""What changed besides the retrofit: non-routine adjustments, and steps in the data put forward for them."""
