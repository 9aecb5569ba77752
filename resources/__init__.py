"""Where data comes from and goes to: catalogues, rasters, archive, lake, settings."""
