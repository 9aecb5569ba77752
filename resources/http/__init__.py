"""One client for all that is fetched in parts, with its limits, its waits and its retries.

What the bytes mean is told by pixels and sources.
"""
