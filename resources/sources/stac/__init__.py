"""STAC as a source: APIs, folders and buckets, and what their items say.

Pixels are read in `resources.pixels`.
"""
