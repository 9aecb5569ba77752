"""The stages, from scenes to dossiers, and what all of them share.

Data flow one way; no stage imports a later one.
"""
