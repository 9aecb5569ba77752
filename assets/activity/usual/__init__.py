"""What a zone ordinarily shows: its past, its season, like ground in the same look.

A look is held against it in `measure`.
"""
