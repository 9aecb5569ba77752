"""Dagster's instance and web UI on this machine, and the dossiers beside it.

Nothing is computed here.
"""
