"""The test of counts, for witnesses: what is usual, and how unlikely a count is.

Pure numbers.
"""
