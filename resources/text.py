"""Text from outside as a message or a table may show it. Knows no format."""

from __future__ import annotations


def printable_line(text: str, limit: int) -> str:
    """Text on one line, without control characters, of at most so many characters."""
    return "".join(sign if sign.isprintable() else "?" for sign in text[:limit])
