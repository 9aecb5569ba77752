"""Cloud masks: what of a look shows the ground, by pixel and as a state of each zone.

`mask` adds up the signs, which have a module each in `signs`; zones are measured in `activity`.
"""
