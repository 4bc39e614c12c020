"""From energy to money: tariffs, valuation, fees by the terms of each kind; Decimal throughout."""
