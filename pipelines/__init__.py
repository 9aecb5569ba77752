"""How the stages are run: Dagster's definitions, the command, notices, reproduction.

No science and no SQL.
"""
