"""Scenes: searched, grouped into acquisitions, and read into chips.

What they show is told by later stages.
"""
