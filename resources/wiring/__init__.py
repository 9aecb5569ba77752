"""The plain objects of these folders as Dagster's resources.

The only folder here that imports Dagster.
"""
