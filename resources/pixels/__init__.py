"""Windows of rasters, local and remote, by a fast path and through GDAL with one result.

Nothing is resampled or scaled here; which files to read is told by the sources.
"""
