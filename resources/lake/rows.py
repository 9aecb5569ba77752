"""A row of each table of the lake as a type; made from `schema` by a test, not by hand.

A column that a row leaves out is NULL. `None` is in a type where the schema says that NULL has a
meaning, `MaybeNone` in every other column outside the key. Answers that join tables have their
rows in `question_rows`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, TypedDict

MaybeNone: TypeAlias = Any
"""In a union: NULL is possible, and a reader need not ask each time (as in typeshed)."""
Row = Mapping[str, Any]
"""A row of whatever table or question: for code that treats all columns alike."""


class SiteRow(TypedDict, total=False):
    """Places on the watch list, each with the one grid of 10 m that is read of it."""

    site_id: str
    name: str | MaybeNone
    geometry: bytes | MaybeNone
    epsg: int | MaybeNone
    margin_m: float | MaybeNone
    false_alarms_per_year: float | MaybeNone
    grid_west: float | MaybeNone
    grid_south: float | MaybeNone
    grid_east: float | MaybeNone
    grid_north: float | MaybeNone
    source: str | None
    config_hash: str | MaybeNone
    added_at: dt.datetime | MaybeNone
    retired_at: dt.datetime | None


class ZoneRow(TypedDict, total=False):
    """Polygons of sites; an edited polygon or kind is a new version with a new series."""

    site_id: str
    zone_id: str
    zone_version: int
    position: int | MaybeNone
    name: str | MaybeNone
    kind: str | MaybeNone
    geometry: bytes | MaybeNone
    is_approximate: bool | MaybeNone
    area_m2: float | MaybeNone
    valid_from: dt.datetime | MaybeNone
    valid_to: dt.datetime | None


class SceneRow(TypedDict, total=False):
    """Looks of a satellite at a site, also those that showed nothing or were refused."""

    site_id: str
    acquisition_id: str
    sensed_at: dt.datetime | MaybeNone
    datatake_at: dt.datetime | None
    platform: str | MaybeNone
    relative_orbit: int | None
    mgrs_tiles: Sequence[str | MaybeNone] | MaybeNone
    item_ids: Sequence[str | MaybeNone] | MaybeNone
    collection: str | MaybeNone
    source: str | MaybeNone
    processing_baseline: str | MaybeNone
    offset_dn: float | MaybeNone
    offset_source: str | MaybeNone
    offset_conflict: bool | MaybeNone
    item_offsets_dn: Sequence[float | MaybeNone] | MaybeNone
    dark_dn: float | MaybeNone
    coverage_fraction: float | MaybeNone
    sun_elevation_deg: float | MaybeNone
    sun_azimuth_deg: float | MaybeNone
    view_zenith_deg: float | MaybeNone
    published_at: dt.datetime | None
    fetched_at: dt.datetime | MaybeNone
    bytes_read: int | MaybeNone
    chip_uris: Sequence[str | MaybeNone] | MaybeNone
    chip_sha256s: Sequence[str | MaybeNone] | MaybeNone
    state: str | MaybeNone
    superseded_by: str | None
    reason: str | None
    attribution: str | MaybeNone


class PassRow(TypedDict, total=False):
    """Expected passes of satellites and what became of them."""

    site_id: str
    expected_on: dt.date
    platform: str
    state: str | MaybeNone
    acquisition_id: str | None


class RefusalRow(TypedDict, total=False):
    """Catalogue items and rasters that could not be used, and why."""

    site_id: str
    month: dt.date
    item_id: str
    reason: str | MaybeNone
    source: str | MaybeNone
    recorded_at: dt.datetime | MaybeNone


class SiteMonthRow(TypedDict, total=False):
    """Work done: one row a stage and site-month, also when there was no look at all."""

    site_id: str
    month: dt.date
    stage: str
    inputs_hash: str | MaybeNone
    outputs_hash: str | MaybeNone
    rows: int | MaybeNone
    method_version: str | MaybeNone
    recorded_at: dt.datetime | MaybeNone


class CloudMaskRow(TypedDict, total=False):
    """What could be seen of each zone at each look."""

    site_id: str
    acquisition_id: str
    zone_id: str
    sensed_at: dt.datetime | MaybeNone
    clear_fraction: float | MaybeNone
    cloud_fraction: float | MaybeNone
    shadow_fraction: float | MaybeNone
    snow_fraction: float | MaybeNone
    haze_fraction: float | MaybeNone
    no_data_fraction: float | MaybeNone
    state: str | MaybeNone
    method: str | MaybeNone
    method_version: str | MaybeNone


class ActivityRow(TypedDict, total=False):
    """Indices of each zone at each look, beside what was expected from earlier looks."""

    site_id: str
    zone_id: str
    acquisition_id: str
    index_name: str
    sensed_at: dt.datetime | MaybeNone
    relative_orbit: int | None
    value: float | MaybeNone
    standard_error: float | MaybeNone
    expected: float | MaybeNone
    expected_error: float | MaybeNone
    level_effect: float | MaybeNone
    season_effect: float | MaybeNone
    departure: float | MaybeNone
    z: float | MaybeNone
    clear_px: float | MaybeNone
    clear_fraction: float | MaybeNone
    baseline_n: int | MaybeNone
    shift_px: float | MaybeNone
    state: str | MaybeNone
    flags: Sequence[str | MaybeNone] | MaybeNone
    method_version: str | MaybeNone


class RegistrationRow(TypedDict, total=False):
    """Where each look lies at each zone, against looks of the year before; taken out."""

    site_id: str
    zone_id: str
    acquisition_id: str
    sensed_at: dt.datetime | MaybeNone
    relative_orbit: int | None
    east_px: float | MaybeNone
    south_px: float | MaybeNone
    error_px: float | MaybeNone
    pixels: int | MaybeNone
    state: str | MaybeNone


class LevelRow(TypedDict, total=False):
    """Gain and offset of each look and band beside a zone; see level_effect of activity."""

    site_id: str
    acquisition_id: str
    zone_id: str
    band: str
    sensed_at: dt.datetime | MaybeNone
    gain: float | None
    offset_reflectance: float | None
    blocks: int | MaybeNone
    residual: float | None


class DetectabilityRow(TypedDict, total=False):
    """How likely an object of a size would be seen in a zone, from planted objects."""

    site_id: str
    zone_id: str
    index_name: str
    shape: str
    paint: str
    length_m: float
    size_class: str | None
    area_m2: float | MaybeNone
    probability: float | MaybeNone
    probability_error: float | MaybeNone
    looks: int | MaybeNone
    threshold_z: float | None
    length_50_m: float | None
    length_90_m: float | None
    false_alarms_per_year: float | MaybeNone
    computed_for: dt.date | MaybeNone
    inputs_hash: str | MaybeNone
    method_version: str | MaybeNone


class AlertRow(TypedDict, total=False):
    """Events: unusual activity of a site, as judged today."""

    alert_id: str
    site_id: str | MaybeNone
    direction: str | MaybeNone
    meaning: str | MaybeNone
    headline: str | MaybeNone
    status: str | MaybeNone
    first_seen_on: dt.date | MaybeNone
    opened_on: dt.date | MaybeNone
    confirmed_on: dt.date | None
    closed_on: dt.date | None
    closed_as: str | None
    replaced_by: str | MaybeNone
    first_seen_acquisition_id: str | MaybeNone
    first_acquisition_id: str | MaybeNone
    confirmed_acquisition_id: str | None
    peak_acquisition_id: str | MaybeNone
    last_acquisition_id: str | MaybeNone
    score: float | MaybeNone
    false_alarms_per_year: float | MaybeNone
    false_alarms_per_year_asked: float | MaybeNone
    false_alarms_per_year_achieved: float | MaybeNone
    confirmations: int | MaybeNone
    summary: str | MaybeNone
    method_version: str | MaybeNone


class AlertEvidenceRow(TypedDict, total=False):
    """Series that moved in each alert."""

    alert_id: str
    zone_id: str
    index_name: str
    direction: str | MaybeNone
    meaning: str | MaybeNone
    peak_z: float | MaybeNone
    effect: float | MaybeNone
    unit: str | MaybeNone
    first_acquisition_id: str | MaybeNone
    peak_acquisition_id: str | MaybeNone
    false_alarms_per_year: float | MaybeNone
    ordinary_causes: Sequence[str | MaybeNone] | MaybeNone
    likely_causes: Sequence[str | MaybeNone] | MaybeNone
    cause_reasons: Sequence[str | MaybeNone] | MaybeNone


class AlertLogRow(TypedDict, total=False):
    """Every status an alert came to, only ever appended."""

    alert_id: str
    known_at: dt.datetime
    status: str
    direction: str | MaybeNone
    meaning: str | MaybeNone
    headline: str | MaybeNone
    site_id: str | MaybeNone
    recorded_at: dt.datetime | MaybeNone
    run_id: str | MaybeNone
    snapshot_id: int | MaybeNone


class SiteTestRow(TypedDict, total=False):
    """Whether a site is tested or still learning, and at what rate of false alarms."""

    site_id: str
    state: str | MaybeNone
    looks_missing: int | MaybeNone
    series: int | MaybeNone
    false_alarms_per_year_asked: float | MaybeNone
    false_alarms_per_year_achieved: float | MaybeNone
    quiet_openings: int | MaybeNone
    quiet_years: float | MaybeNone
    method_version: str | MaybeNone


class AssessmentRow(TypedDict, total=False):
    """How much of what usually covers a site is there, as it could be said at each moment."""

    site_id: str
    known_at: dt.datetime
    statement: str | MaybeNone
    share: float | None
    share_low: float | MaybeNone
    share_high: float | MaybeNone
    looks: int | MaybeNone
    since: dt.date | MaybeNone
    reason: str | MaybeNone
    next_look_due: dt.date | None
    acquisition_id: str | MaybeNone
    method_version: str | MaybeNone


class OutboxRow(TypedDict, total=False):
    """Notifications: each change of an alert's status once a receiver, and digests."""

    alert_id: str
    status: str
    target: str
    turn: int
    known_at: dt.datetime | MaybeNone
    state: str | MaybeNone
    attempts: int | MaybeNone
    is_possibly_repeated: bool | MaybeNone
    claim: str | None
    claimed_at: dt.datetime | MaybeNone
    next_try_at: dt.datetime | None
    error: str | None
    sent_at: dt.datetime | None
    recorded_at: dt.datetime | MaybeNone


class ReceiverRow(TypedDict, total=False):
    """Receivers of notifications by name; their addresses are in no table."""

    target: str
    configured_at: dt.datetime | MaybeNone
    removed_at: dt.datetime | None


class WitnessRow(TypedDict, total=False):
    """Dated series of the user's own, each from a file; none comes of Sentinel-2."""

    site_id: str
    name: str
    zone_id: str | None
    unit: str | MaybeNone
    source: str | None
    sha256: str | MaybeNone
    added_at: dt.datetime | MaybeNone


class WitnessValueRow(TypedDict, total=False):
    """Values of witnesses, a row a day: the user's own numbers, not from Sentinel-2."""

    site_id: str
    name: str
    counted_on: dt.date
    value: float | MaybeNone
    cells: Sequence[float | MaybeNone] | None
    cells_valid: int | None
    share_seen: float | None
    error: float | MaybeNone


class WitnessTestRow(TypedDict, total=False):
    """Whether a witness is tested or still learning, and whether it is in alarm now."""

    site_id: str
    name: str
    state: str | MaybeNone
    looks_missing: int | MaybeNone
    looks: int | MaybeNone
    witnesses: int | MaybeNone
    false_alarms_per_year_asked: float | MaybeNone
    method_version: str | MaybeNone


class WitnessAlarmRow(TypedDict, total=False):
    """Times in which a witness showed more or less than its own past lets expect."""

    site_id: str
    name: str
    direction: str
    opened_on: dt.date
    last_on: dt.date | MaybeNone
    looks: int | MaybeNone
    looks_on: Sequence[dt.date | MaybeNone] | MaybeNone
    mean_value: float | MaybeNone
    mean_expected: float | MaybeNone
    peak_on: dt.date | MaybeNone
    peak_value: float | MaybeNone
    peak_expected: float | MaybeNone
    false_alarms_per_year: float | MaybeNone
    false_alarms_per_year_asked: float | MaybeNone
    summary: str | MaybeNone
    method_version: str | MaybeNone
