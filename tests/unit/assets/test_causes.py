"""Ordinary causes: what speaks for and against each, from the looks themselves."""

import datetime as dt

import pytest
from doubles.site_rows import day, lasting, site_rows

from assets.anomalies.circumstances import circumstances
from assets.anomalies.findings import Place, find
from assets.anomalies.series import ORDER

PLACE = Place("site", 0.5, 45.0)
SINCE = day(60)


def causes_of(planted, zones=("apron", "park", "yard"), **changed):
    """Causes of the first alert's strongest series; columns of the looks from 60 on changed."""
    rows = site_rows(planted, looks=64, zones=zones, indices=ORDER)
    for row in rows:
        if row["sensed_at"] >= SINCE:
            row.update(changed)
    found = find(PLACE, rows)
    return {cause.name: cause for cause in found.causes(found.alerts[0].strongest)}


def everywhere(index, size, also=()):
    planted = {(zone, index): lasting(60, size) for zone in ("park", "yard", "apron")}
    return planted | {key: lasting(60, 9.0) for key in also}


APRON = {("apron", "occupancy"): lasting(60, 8.0)}


def test_nothing_speaks_for_a_cause_of_a_change_that_is_alone() -> None:
    found = causes_of(APRON)
    assert not any(cause.is_likely for cause in found.values())
    assert found["snow"].weight < 0


def test_ground_that_darkened_everywhere_is_wet() -> None:
    occupied = [("apron", "occupancy")]
    assert causes_of(everywhere("brightness", -5.0, occupied))["wet ground"].is_likely
    alone = {("apron", "brightness"): lasting(60, -5.0), **APRON}
    assert not causes_of(alone)["wet ground"].is_likely


def test_ground_that_brightened_everywhere_lies_under_haze() -> None:
    occupied = [("apron", "occupancy")]
    assert causes_of(everywhere("brightness", 5.0, occupied))["haze left over"].is_likely
    assert not causes_of(APRON, haze_fraction=0.3)["haze left over"].is_likely
    bright = {("apron", "brightness"): lasting(60, 5.0), **APRON}
    assert not causes_of(bright, haze_fraction=0.3)["haze left over"].is_likely


def test_a_vegetation_change_everywhere_is_the_season() -> None:
    assert causes_of(everywhere("ndvi", -7.0))["season"].is_likely
    assert not causes_of({("apron", "ndvi"): lasting(60, -7.0)})["season"].is_likely


def test_a_sun_lower_than_ever_speaks_for_shadow_and_one_that_was_as_low_against() -> None:
    assert causes_of(APRON, sun_elevation_deg=20.0)["shadow and low sun"].is_likely
    assert causes_of(APRON)["shadow and low sun"].weight < 0


def test_unsure_registration_of_every_look_speaks_for_edges() -> None:
    assert causes_of(APRON, flags=["registration_unsure"])["registration"].is_likely
    assert causes_of(APRON)["registration"].weight < 0
    green = {("apron", "ndvi"): lasting(60, -8.0)}
    assert not causes_of(green, flags=["registration_unsure"])["registration"].is_likely


def test_a_brighter_zone_from_two_orbits_is_no_glint() -> None:
    bright = {("apron", "brightness"): lasting(60, 8.0)}
    assert causes_of(bright)["glint"].weight < 0
    rows = site_rows({("apron", "brightness"): {60: 40.0}}, looks=61)
    found = find(PLACE, rows)
    causes = {cause.name: cause for cause in found.causes(found.alerts[0].strongest)}
    assert causes["glint"].is_likely


def test_snow_just_before_speaks_for_snow() -> None:
    rows = site_rows(APRON | {}, looks=64)
    snow = [{**row, "state": "snow", "z": None, "sensed_at": day(59.5), "known_at": day(59.6),
             "acquisition_id": "snow"} for row in rows if row["sensed_at"] == day(59)]  # fmt: skip
    found = find(PLACE, rows + snow)
    causes = {cause.name: cause for cause in found.causes(found.alerts[0].strongest)}
    assert causes["snow"].is_likely


@pytest.mark.parametrize(
    ("month", "date", "height"), [(6, 21, 61.5), (12, 21, 17.5), (3, 20, 41.0)]
)
def test_the_sun_is_reckoned_where_no_catalogue_tells_it(month, date, height) -> None:
    rows = site_rows({}, looks=1, sun_elevation_deg=None)
    moment = dt.datetime(2022, month, date, 9, tzinfo=dt.UTC)
    rows = [{**row, "sensed_at": moment} for row in rows]
    ((one, *_),) = [list(looks.values()) for looks in circumstances(rows[:1], 45.0).values()]
    assert one.sun_deg == pytest.approx(height, abs=1.5)


def test_circumstances_of_a_look_depend_on_no_later_one() -> None:
    rows = site_rows({}, looks=40)
    for number, row in enumerate(rows):
        row["sun_elevation_deg"] = 60 - number / 10
    until = [row for row in rows if row["sensed_at"] <= day(20)]
    whole, part = circumstances(rows, 45.0), circumstances(until, 45.0)
    for zone, looks in part.items():
        assert {look: whole[zone][look] for look in looks} == looks
