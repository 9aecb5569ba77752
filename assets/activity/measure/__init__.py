"""One look at one zone: its indices, beside what is usual, each with its error.

What is usual is learnt in `usual`; rows are made in `assets.activity.rows`.
"""
