"""Text and names made safe to stand in SQL, where a parameter cannot be given."""

from __future__ import annotations


def escaped_sql_text(text: str) -> str:
    """Text made safe between single quotes of SQL."""
    return text.replace("'", "''")


def quoted_name(name: str) -> str:
    """A column's name as SQL takes any name."""
    return '"' + name.replace('"', '""') + '"'
