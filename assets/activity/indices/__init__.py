"""The indices, from reflectance of pixels to a number, and the data classes that they use.

`usual` learns what is expected of them.
"""
