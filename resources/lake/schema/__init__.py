"""The tables and views, every column with its unit.

Reading and writing them is done one floor up and in `questions`.
"""
