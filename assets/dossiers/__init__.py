"""Dossiers: the evidence of each alert, as pages for a reader.

This folder itself is the stage; pages, figures and drawings are in the folders below.
"""
