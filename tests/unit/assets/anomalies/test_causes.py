"""Ordinary causes: what speaks for and against each, from the looks themselves."""

import datetime as dt
from dataclasses import replace

import pytest
from doubles.site_rows import day, lasting, site_rows

from assets.anomalies.alerts.causes import CauseReason, ordinary_causes
from assets.anomalies.alerts.circumstances import circumstances_by_zone
from assets.anomalies.alerts.findings import SiteUnderTest, find_alerts
from assets.anomalies.change_tests.series import ORDER

PLACE = SiteUnderTest("site", 0.5, 45.0)
SINCE = day(60)


def causes_of(planted, zones=("apron", "park", "yard"), since=SINCE, looks=64, **changed):
    """Causes of the first alert's strongest series; columns of the looks since then changed."""
    rows = site_rows(planted, looks=looks, zones=zones, indices=ORDER)
    for row in rows:
        if row["sensed_at"] >= since:
            row.update(changed)
    found = find_alerts(PLACE, rows)
    return {cause.name: cause for cause in found.causes(found.alerts[0].strongest)}


def causes_under(planted, **circumstances):
    """The same with circumstances of all looks changed."""
    found = find_alerts(PLACE, site_rows(planted, looks=64, indices=ORDER))
    changed = {
        zone: {look: replace(one, **circumstances) for look, one in looks.items()}
        for zone, looks in found.by_zone.items()
    }
    causes = ordinary_causes(found.alerts[0].strongest, changed, found.departures)
    return {cause.name: cause for cause in causes}


def everywhere(index, size, also=()):
    planted = {(zone, index): lasting(60, size) for zone in ("park", "yard", "apron")}
    return planted | {key: lasting(60, 9.0) for key in also}


APRON = {("apron", "pattern"): lasting(60, 8.0)}


def test_nothing_speaks_for_a_cause_of_a_change_that_is_alone() -> None:
    found = causes_of(APRON)
    assert not any(cause.is_likely for cause in found.values())
    assert found["snow"].weight < 0


def test_ground_that_darkened_everywhere_is_wet() -> None:
    occupied = [("apron", "pattern")]
    assert causes_of(everywhere("brightness", -5.0, occupied))["wet ground"].is_likely
    alone = {("apron", "brightness"): lasting(60, -5.0), **APRON}
    assert not causes_of(alone)["wet ground"].is_likely


def test_ground_that_brightened_everywhere_lies_under_haze() -> None:
    occupied = [("apron", "pattern")]
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


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        ("shadow and low sun", "the sun stood lower than at any look of earlier seasons{}"),
        ("season", "this part of the year was not seen before{}"),
    ],
)
def test_one_new_sun_of_several_looks_makes_no_cause_likely(cause: str, words: str) -> None:
    found = causes_of(APRON, since=day(63), sun_elevation_deg=20.0)[cause]
    assert [reason.leans for reason in found.reasons] == [0]
    assert found.reasons[0].words.startswith(words.format(" at 1 of 4 looks"))
    every = causes_of(APRON, sun_elevation_deg=20.0)[cause]
    assert every.is_likely
    assert every.reasons[0].words.startswith(words.format(""))


def test_no_sun_is_called_as_low_as_one_that_nobody_saw() -> None:
    alone = causes_under(APRON, sun_deg=30.0, lowest_deg=None)
    assert alone["shadow and low sun"].reasons == (
        CauseReason(0, "no look of an earlier season is there to compare the sun with"),
    )
    assert alone["season"].is_likely
    lower = causes_under(APRON, sun_deg=42.0, lowest_deg=50.0)["shadow and low sun"]
    assert lower.reasons == (
        CauseReason(0, "the sun stood lower than in earlier seasons, but not under 40 degrees"),
    )
    known = causes_under(APRON, sun_deg=30.0, lowest_deg=25.0)["shadow and low sun"]
    assert known.reasons == (CauseReason(-1, "earlier looks had the sun as low as its 30 degrees"),)


def test_unsure_registration_of_every_look_speaks_for_edges() -> None:
    assert causes_of(APRON, flags=["registration_unsure"])["registration"].is_likely
    assert causes_of(APRON)["registration"].weight < 0
    green = {("apron", "ndvi"): lasting(60, -8.0)}
    assert not causes_of(green, flags=["registration_unsure"])["registration"].is_likely


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"shift_px": 2.44}, (0, "looks were shifted by up to 2.4 pixels, which was taken out")),
        ({"shift_px": 0.3}, (-1, "no look was shifted by more than 0.3 pixels")),
        ({"shift_px": None}, (0, "the shift of no look is known")),
        (
            {"shift_px": 0.0, "flags": ["registration_unsure"]},
            (0, "the shift of no look is known"),
        ),
    ],
)
def test_a_shift_is_told_as_it_was_measured(changed: dict, reason: tuple[int, str]) -> None:
    green = {("apron", "ndvi"): lasting(60, -8.0)}
    assert causes_of(green, **changed)["registration"].reasons == (CauseReason(*reason),)


def test_where_some_shifts_are_unknown_the_others_say_nothing() -> None:
    found = causes_of({("apron", "ndvi"): lasting(60, -8.0)}, since=day(63), shift_px=None)
    words = "the shift of 1 of 4 looks is not known"
    assert found["registration"].reasons == (CauseReason(0, words),)


def test_orbits_that_are_not_known_are_not_one() -> None:
    bright = {("apron", "brightness"): lasting(60, 8.0)}
    unknown = causes_of(bright, relative_orbit=None)["glint"]
    assert unknown.reasons == (CauseReason(0, "no relative orbit is known"),)
    one = causes_of(bright, relative_orbit=7)["glint"]
    assert one.reasons == (CauseReason(0, "looks of one orbit alone show it"),)


def test_brightness_that_was_not_measured_did_not_stay() -> None:
    rows = site_rows(APRON, looks=64, indices=("pattern", "ndvi"))
    found = find_alerts(PLACE, rows)
    causes = {cause.name: cause for cause in found.causes(found.alerts[0].strongest)}
    for name in ("wet ground", "haze left over", "glint"):
        assert causes[name].reasons == (
            CauseReason(0, "the brightness of the zone was not measured"),
        )


@pytest.mark.parametrize(
    ("index", "size", "cause", "did_not"),
    [
        ("brightness", 8.0, "haze left over", "brighten"),
        ("brightness", -8.0, "wet ground", "darken"),
        ("ndvi", -8.0, "season", "change the same way"),
    ],
)
def test_what_other_zones_did_not_do_is_said(
    index: str, size: float, cause: str, did_not: str
) -> None:
    found = causes_of({("apron", index): lasting(60, size)})[cause]
    assert found.reasons == (
        CauseReason(-1, f"2 of 2 other zones did not {did_not} at the same looks"),
    )


def test_a_brighter_zone_from_two_orbits_is_no_glint() -> None:
    bright = {("apron", "brightness"): lasting(60, 8.0)}
    assert causes_of(bright)["glint"].weight < 0
    found = causes_of(bright, relative_orbit=7)
    assert found["glint"].reasons == (CauseReason(0, "looks of one orbit alone show it"),)


def test_snow_just_before_speaks_for_snow() -> None:
    rows = site_rows(APRON | {}, looks=64)
    snow = [{**row, "state": "snow", "z": None, "sensed_at": day(59.5), "known_at": day(59.6),
             "acquisition_id": "snow"} for row in rows if row["sensed_at"] == day(59)]  # fmt: skip
    found = find_alerts(PLACE, rows + snow)
    causes = {cause.name: cause for cause in found.causes(found.alerts[0].strongest)}
    assert causes["snow"].is_likely


@pytest.mark.parametrize(
    ("month", "date", "height"), [(6, 21, 61.5), (12, 21, 17.5), (3, 20, 41.0)]
)
def test_the_sun_is_reckoned_where_no_catalogue_tells_it(month, date, height) -> None:
    rows = site_rows({}, looks=1, sun_elevation_deg=None)
    moment = dt.datetime(2022, month, date, 9, tzinfo=dt.UTC)
    rows = [{**row, "sensed_at": moment} for row in rows]
    ((one, *_),) = [
        list(looks.values()) for looks in circumstances_by_zone(rows[:1], 45.0).values()
    ]
    assert one.sun_deg == pytest.approx(height, abs=1.5)


def test_circumstances_of_a_look_depend_on_no_later_one() -> None:
    rows = site_rows({}, looks=40)
    for number, row in enumerate(rows):
        row["sun_elevation_deg"] = 60 - number / 10
    until = [row for row in rows if row["sensed_at"] <= day(20)]
    whole, part = circumstances_by_zone(rows, 45.0), circumstances_by_zone(until, 45.0)
    for zone, looks in part.items():
        assert {look: whole[zone][look] for look in looks} == looks
