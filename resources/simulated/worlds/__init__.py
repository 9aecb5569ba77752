"""Any number of made-up places, each drawn from a seed with a story of its own."""
