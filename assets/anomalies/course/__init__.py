"""A site's course: what share of the usual is there, and what one may say of it.

What is said of the share is in `statements`; alerts are in the folder `alerts`.
"""
