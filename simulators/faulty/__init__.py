"""The fault harness: real programs killed, cut off and refused, and every reading accounted for."""
