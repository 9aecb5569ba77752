"""Sequential test of departures from expectation: shares, areas and reflectances, not counts."""
