"""How a fault in a watch list is told: what was expected, what was found, what to do.

Only the words; what is a fault is decided in the other `watchlist` modules.
"""

from __future__ import annotations

import json

MAX_SHOWN = 60  # chosen
"""Characters of a wrong value that an error shows."""
MAX_LISTED = 4  # chosen
"""Values of a list that an error shows; of a longer one it tells the length."""


class FieldProblem(ValueError):
    """One field of a watch list is wrong; who catches it adds the file, the feature, the field."""


def described_value(value: object) -> str:
    """A value as an error shows it: short, quoted, on one line, with nothing unprintable."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return repr(value if len(value) <= MAX_SHOWN else value[:MAX_SHOWN] + "…")
    if isinstance(value, dict):
        return f"an object of {len(value)}"
    if isinstance(value, list):
        is_short = len(value) <= MAX_LISTED and not any(
            isinstance(part, dict | list) for part in value
        )
        return json.dumps(value)[:MAX_SHOWN] if is_short else f"a list of {len(value)}"
    return repr(value)[:MAX_SHOWN]
