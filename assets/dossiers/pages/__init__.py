"""The pages and their parts, with the templates.

Which looks and numbers they show is chosen in `evidence`.
"""
