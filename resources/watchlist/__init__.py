"""Watch lists: GeoJSON becomes sites and zones, or one error with all that is wrong.

Bringing them into the lake is not done here.
"""
