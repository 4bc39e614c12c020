"""The fault harness itself: that it finds what is wrong, and does what it says."""
