"""Public-institution energy KPIs: coal equivalent, carbon, per area and per person."""
