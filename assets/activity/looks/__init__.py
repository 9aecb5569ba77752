"""Looks as this stage reads them: of a site, and of a zone.

`past_days` chooses those that are compared; `usual` compares them.
"""
