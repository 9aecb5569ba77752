"""Rows of the answers in `questions` that are not rows of one table. Types alone.

They stand apart from the questions so that pure modules can name them.
"""

from __future__ import annotations

import datetime as dt
from typing import TypedDict

from resources.lake.rows import (
    ActivityRow,
    AlertEvidenceRow,
    AlertLogRow,
    AlertRow,
    DetectabilityRow,
    WitnessRow,
)


class ZoneEvidenceRow(AlertEvidenceRow, total=False):
    """Evidence of an alert with its headline and first day, of the view `alert_zones`."""

    headline: str
    first_on: dt.date


class PassCountRow(TypedDict):
    """How many passes of a site came to a state."""

    site_id: str
    state: str
    n: int


class SiteLineRow(TypedDict):
    """A site as a line of the list of sites: where it lies (m in its CRS) and how it fares."""

    site_id: str
    name: str
    is_retired: bool
    x: float
    y: float
    epsg: int
    state: str | None
    looks_missing: int | None
    newest: dt.datetime | None
    is_simulated: bool


class NamedAlertRow(AlertRow, total=False):
    """An alert with the name of its site."""

    site_name: str


class CreditRow(TypedDict):
    """A line of attribution and a year of its looks."""

    attribution: str
    year: int


class SiteStatusRow(TypedDict):
    """What the lake holds of a site."""

    site_id: str
    name: str
    is_retired: bool
    looks: int
    newest: dt.datetime | None
    judged: int
    open_alerts: int
    test: str | None
    looks_missing: int | None
    false_alarms_asked: float | None
    false_alarms_achieved: float | None


class ObjectSizeRow(DetectabilityRow, total=False):
    """The shortest objects of a kind that are seen in a zone, and the longest that was tried."""

    longest_m: float


class ShownLookRow(TypedDict):
    """A look that a map shows, and why."""

    acquisition_id: str
    sensed_at: dt.datetime
    attribution: str
    why: str


class PassTimeRow(TypedDict):
    """When a satellite saw a site, and when its catalogue told."""

    platform: str
    orbit: int
    sensed_at: dt.datetime
    published_at: dt.datetime | None


class SeriesRow(ActivityRow, total=False):
    """A row of `activity` with what the test needs to know of its look.

    `known_at` is when the look could be known, UTC.
    """

    sun_elevation_deg: float
    attribution: str
    haze_fraction: float
    known_at: dt.datetime


class LookTimeRow(TypedDict):
    """When a look was sensed, and from when it could be known; UTC."""

    acquisition_id: str
    sensed_at: dt.datetime
    known_at: dt.datetime


class ListedWitnessRow(WitnessRow, total=False):
    """A witness with its newest value, how many it has, and the state of its test."""

    state: str | None
    looks_missing: int | None
    witnesses: int | None
    false_alarms_per_year_asked: float | None
    value_count: int
    counted_on: dt.date | None
    value: float | None


class ReplacedLogRow(AlertLogRow, total=False):
    """A row of the log with the alert that tells the event now, if its own was withdrawn."""

    replaced_by: str | None


class AlertFactsRow(AlertRow, total=False):
    """An alert as receivers are told of it: its site's name, its causes, its lines of credit."""

    site_name: str
    ordinary_causes: list[str] | None
    likely_causes: list[str] | None
    credits: list[str]
