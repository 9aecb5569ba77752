"""The stages, from scenes to dossiers, and in this folder itself what all of them share.

Data flow one way; no stage imports a later one. When a stage runs is decided in `pipelines`.
"""
