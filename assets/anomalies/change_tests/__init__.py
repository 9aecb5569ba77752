"""Tests of series for change at a stated false-alarm rate: zone, site, witness.

What a crossing means is told in `alerts`.
"""
