"""The shift of a look against the reference of a zone.

`assets.scenes` takes it out, in the only resampling.
"""
