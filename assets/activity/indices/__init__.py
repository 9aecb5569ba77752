"""The indices, from reflectance of pixels to a number, and the nouns they are of.

What is usual is told in `usual`.
"""
