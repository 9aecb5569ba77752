"""What a dossier shows: which looks, and each number with the row it is from.

How it looks is decided in `pages` and `drawings`.
"""
