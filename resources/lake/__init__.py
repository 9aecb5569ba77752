"""The tables: connection, writing, keeping. All SQL of the project is in this folder.

What the columns are is in `schema`, reading in `questions`; pixels are in `resources.archive`.
"""
