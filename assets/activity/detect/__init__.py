"""Things in a zone: compact departures, movers, what changed since the last look.

What a departure means for a zone's index is told in `measure`.
"""
