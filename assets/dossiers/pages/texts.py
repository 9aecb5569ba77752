"""How values are written for people: numbers with units, days and rates.

Plain text only; escaping is the page's work.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from assets.anomalies.alerts.wording import SQUARE, how_often
from resources.lake.rows import AlertRow

INDEX_NAMES: Final = {
    "ndvi": "Greenness (NDVI)",
    "bare_soil": "Bare soil index",
    "built_up": "Built-up index",
    "objects_small": "Candidates for small objects",
    "objects_medium": "Candidates for medium objects",
    "objects_large": "Candidates for large objects",
    "movers": "Candidates for moving objects",
    "changed_area": "Changed area",
    "covered_area": "Covered area",
    "turnover": "Area changed since the look before",
    "pattern": "Share of the usual pattern",
    "novelty": "What the usual pattern does not explain",
}
UNIT_WORDS: Final = {"m2": SQUARE, "1": "no unit"}
STATUS_WORDS: Final = {
    "possible": "Possible: some looks show it, not enough yet",
    "confirmed": "Confirmed by clear looks that agree",
    "closed": "Closed",
    "withdrawn": "Withdrawn: the looks do not show it any more",
}
STATEMENTS: Final = {
    "empty": "Empty: under a tenth of what usually stands there",
    "mostly_gone": "Mostly gone: a tenth to four tenths of what usually stands there",
    "drawing_down": "Drawing down: four to eight tenths of what usually stands there",
    "as_usual": "As usual",
    "building_up": "Building up: over five quarters of what usually stands there",
    "change": "Changed: as much as usual, but not the same",
    "too_early_to_tell": "Too early to tell",
    "unknown": "Not known",
}
"""Statements of `assessments` as a reader has them."""
PASS_WORDS: Final = {
    "seen": "seen",
    "no_data": "no data over the site",
    "expected_not_published": "expected, not published yet",
    "late": "late",
    "no_pass": "expected, and nothing was ever published",
    "not_in_source": "expected, and not in this source",
}


UNTOLD: Final = "Change of measured activity"
"""Head of an alert that was stored before alerts had headlines."""


def headline_of(alert: AlertRow) -> str:
    """What an alert shows, in a few words."""
    return str(alert.get("headline") or UNTOLD)


def title_of(alert: AlertRow, site_name: str) -> str:
    """What an alert shows, in a few words, after the name of its site."""
    return f"{site_name}: {headline_of(alert)}"


def index_name(name: str) -> str:
    """Name of an index for people."""
    return INDEX_NAMES.get(name, name.replace("_", " ").capitalize())


def format_day(value: dt.date | dt.datetime | None) -> str:
    """A day, UTC."""
    return "none" if value is None else f"{value:%Y-%m-%d}"


def format_timestamp(value: dt.datetime | None) -> str:
    """A moment to the second, UTC."""
    return "not known" if value is None else f"{value:%Y-%m-%d %H:%M:%S} UTC"


def format_quantity(value: float | None, unit: str, *, is_signed: bool = False) -> str:
    """A value of an index with its unit."""
    if value is None:
        return "not measured"
    digits, sign = (",.0f" if unit == "m2" else ".3f"), ("+" if is_signed else "")
    word = {"m2": f" {SQUARE}", "1": ""}.get(unit, f" {unit}")
    return f"{value:{sign}{digits}}{word}"


def format_rate(per_year: float | None) -> str:
    """How often a year something comes."""
    return "not known" if per_year is None else how_often(per_year)


def format_detection_length(value: float | None, longest: float) -> str:
    """A length from which objects are seen, or that none up to the longest one is."""
    return f"none up to {longest:.0f} m" if value is None else f"{value:.0f} m"


def format_relative_orbit(number: int | None) -> str:
    """A relative orbit."""
    return "orbit not told" if not number else f"orbit {number}"


def satellite_name(platform: str | None) -> str:
    """Name of a satellite as people write it."""
    name = platform or "satellite not told"
    return f"Sentinel-{name[9:].upper()}" if name.startswith("sentinel-") else name
