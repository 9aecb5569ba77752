"""What is kept of scenes: chips, masks and their STAC items, in a folder or a bucket.

Tables are in `resources.lake`.
"""
