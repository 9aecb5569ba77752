"""Sentinel Hub as a source, through its own client library.

Nothing here is used by the other sources.
"""
