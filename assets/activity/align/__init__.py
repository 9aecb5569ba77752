"""Where a look lies: its shift at a zone, and the lattice of blocks, the same in every frame.

The one resampling is done in `assets.scenes`.
"""
