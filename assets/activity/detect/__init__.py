"""Things in a zone: compact departures, movers, areas that changed.

What is usual of them, and how far a look departs from it, is told in `usual` and `measure`.
"""
