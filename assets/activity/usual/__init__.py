"""What a zone usually shows: its past, its season, like ground in the same look.

`measure` compares looks with it.
"""
