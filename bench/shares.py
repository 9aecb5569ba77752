"""How many of some things are so: a count with its share, spelt once for figures and tables."""

from __future__ import annotations

Share = list[float] | None
"""`[count, of, share]`; None of none."""


def share_of(count: int, of: int) -> Share:
    """So many of so many."""
    return [count, of, count / of] if of else None


def said_share(one: Share) -> str:
    """A cell of a table."""
    return "-" if one is None else f"{one[0]:.0f} of {one[1]:.0f} ({one[2]:.0%})"
