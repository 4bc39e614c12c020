"""What is known about the buildings, and what is said about them."""
