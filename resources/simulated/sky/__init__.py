"""Weather, air and clouds of made-up looks, and how a classifier would err on them.

The ground below is in `scenery`.
"""
