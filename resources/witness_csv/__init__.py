"""Files of the user's own dated counts: a CSV becomes looks, or one clear error.

What becomes of them in the lake is in `resources.lake.witnesses`.
"""
