"""The indices: names, units, formulas over pixels, and the errors of a value.

Areas and counts of things are found in `detect`; what is usual is told in `usual`.
"""
