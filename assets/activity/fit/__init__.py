"""Numerics of fits and robust statistics.

No zone, no band and no satellite is known here.
"""
