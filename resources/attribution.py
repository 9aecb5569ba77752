"""Lines of attribution for rows that come of scenes: whose data they are, and of which years.

Pure text; which scenes stand behind which rows is found in `exports.answers` and in reports.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

from resources.models import ATTRIBUTION

PLAIN: Final = "^Contains modified Copernicus Sentinel data [0-9]{4}$"
"""The project's own line; a source that asks for another has its own in each scene."""
MADE_UP: Final = "SIMULATED"
"""Begins the line of scenes that no satellite saw."""
HowMany = Literal["all", "some", "none"]


def credit_lines(scenes: Iterable[tuple[int, str]]) -> list[str]:
    """Lines of attribution for scenes.

    Args:
        scenes: year of sensing and line of each scene; those that are alike may be left out.

    Returns:
        The project's own line first, with the years from the first to the last, then the lines
        that sources ask for besides, each once and sorted.
    """
    known = set(scenes)
    years = sorted(year for year, line in known if re.search(PLAIN, line))
    others = sorted({line for _, line in known if not re.search(PLAIN, line)})
    if not years:
        return others
    span = str(years[0]) if years[0] == years[-1] else f"{years[0]}-{years[-1]}"
    return [ATTRIBUTION.format(years=span), *others]


def credits_of_looks(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Lines of attribution for rows of `scenes`; those without a line have no say."""
    return credit_lines(
        (row["sensed_at"].year, str(row["attribution"])) for row in rows if row["attribution"]
    )


def is_made_up(line: str) -> bool:
    """Whether a line of attribution is that of simulated scenes."""
    return line.startswith(MADE_UP)


def how_many(flags: Iterable[bool]) -> HowMany:
    """How many of them are true; of nothing, none."""
    found = set(flags)
    if True not in found:
        return "none"
    return "some" if False in found else "all"


def how_simulated(lines: Iterable[str | None]) -> HowMany:
    """How many of the scenes with these lines of attribution are simulated."""
    return how_many(is_made_up(line or "") for line in lines)
