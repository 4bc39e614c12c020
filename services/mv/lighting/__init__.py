"""Retrofitted lamps without a baseline of days: the inventory of IPMVP option A, and the saving rate."""
