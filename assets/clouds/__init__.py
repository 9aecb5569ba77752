"""Cloud masks: what of a look shows the ground.

`mask` adds up the signs; each sign has a module in `signs`.
"""
