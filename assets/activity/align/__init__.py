"""Where a look lies: its shift against the site's reference.

The one resampling is done in `assets.scenes`.
"""
