"""One look at one zone: its indices, beside what is usual, each with its error.

Rows are made in `assets.activity.rows`.
"""
