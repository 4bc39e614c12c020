"""Charts as inline SVG: their text stays text, and the same figures give the same bytes."""
