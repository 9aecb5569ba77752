"""Charts, maps and pictures.

Arrays in, drawings out; nothing is read here.
"""
