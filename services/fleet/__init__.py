"""Official vehicles: trips from positions, fuel, days in use, and use outside the rules."""
