"""Signs of cloud, shadow, snow and haze, one kind a module, as log-odds against clear ground.

Pure arithmetic; the mask itself is made one floor up.
"""
