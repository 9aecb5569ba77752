"""Things in a zone: compact departures, movers, what changed since the last look.

`measure` makes the index of a zone from them.
"""
