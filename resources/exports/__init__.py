"""Answers and maps to be taken away: GeoParquet, CSV, GeoJSON, QGIS.

What may be asked is in `resources.lake`.
"""
