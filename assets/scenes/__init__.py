"""Scenes: searched, grouped into acquisitions, and read into chips.

Later stages measure what they show.
"""
