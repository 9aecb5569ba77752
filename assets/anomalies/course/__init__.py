"""A site's course: what share of the usual is there, and what one may say of it.

Alerts are in `alerts`.
"""
