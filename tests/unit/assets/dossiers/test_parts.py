"""What pages are put together from: figures, texts, choices of looks, causes, charts and maps."""

import datetime as dt
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from shapely.geometry import box

from assets.anomalies.alerts.causes import CauseReason, OrdinaryCause
from assets.anomalies.alerts.wording import describe_cause
from assets.dossiers.drawings import charts, maps
from assets.dossiers.drawings.pictures import frame_of
from assets.dossiers.evidence import looks_shown
from assets.dossiers.evidence.selection import causes_of
from assets.dossiers.evidence.traced_numbers import KEYS, FigureList
from assets.dossiers.pages import texts
from resources.lake.schema.tables import TABLES
from resources.models import Bounds, Grid, Site, Zone

HOSTILE = "<img src=x onerror=alert(1)>'; DROP TABLE alerts; -- \" {{ 7 * 7 }}"
START = dt.datetime(2020, 1, 10, 9, 0, tzinfo=dt.UTC)
ZONE = Zone("field", HOSTILE, "other", box(25.0, 44.0, 25.01, 44.01))
GRID = Grid(32635, Bounds(340000.0, 4873000.0, 343000.0, 4876000.0))


def look(days: float, *, orbit: int = 36, state: str = "valid") -> dict[str, object]:
    sensed = START + dt.timedelta(days=days)
    return {
        "acquisition_id": f"L{days}-{orbit}",
        "sensed_at": sensed,
        "relative_orbit": orbit,
        "state": state,
    }


def value(days: float, *, state: str = "valid", number: float | None = 1.0, z: float | None = 0.5):
    return {
        **look(days, state=state),
        "value": number,
        "expected": None if z is None else 0.9,
        "standard_error": 0.1,
        "expected_error": 0.1,
        "level_effect": None if z is None else 0.02,
        "season_effect": None if z is None else 0.03,
        "z": z,
    }


# --- figures ------------------------------------------------------------------------------------


def test_keys_of_figures_are_those_of_the_tables() -> None:
    assert KEYS["alert_log"] == ("alert_id", "known_at", "status")
    for name, key in KEYS.items():
        if name not in ("passes", "detectability"):  # figures of several rows
            assert key == TABLES[name].key
        assert set(key) <= set(TABLES[name].column_names)


def test_what_is_shown_is_listed_with_its_raw_value() -> None:
    figures = FigureList()
    row = {"site_id": "a", "zone_id": "b", "zone_version": 2, "area_m2": 1234.5678}
    shown = figures.show("zones", row, "area_m2", "1,235 m2")
    (listed,) = json.loads(figures.as_json({"site_id": "a"}))["figures"]
    assert listed == {
        "id": "figure-1",
        "table": "zones",
        "key": {"site_id": "a", "zone_id": "b", "zone_version": 2},
        "column": "area_m2",
        "value": 1234.5678,
        "shown": "1,235 m2",
    }
    assert shown == Markup('<data id="figure-1" value="1234.5678">1,235 m2</data>')


def test_hostile_text_in_a_figure_is_text() -> None:
    shown = FigureList().show("alerts", {"alert_id": "a", "summary": HOSTILE}, "summary", HOSTILE)
    assert "<img" not in shown
    assert shown.count("<") == 2  # of the data element


def test_numbers_that_are_not_finite_are_no_json_error() -> None:
    figures = FigureList()
    figures.show("alerts", {"alert_id": "a", "score": float("nan")}, "score", "not known")
    assert json.loads(figures.as_json({}))["figures"][0]["value"] is None


# --- texts --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("per_year", "words"),
    [
        (2.0, "about 2.0 times a year"),
        (0.1, "about once in 10 years"),
        (1e-3, "less than once in 1,000 years"),
        (4e-11, "less than once in 1,000 years"),
        (None, "not known"),
    ],
)
def test_a_rate_is_told_so_that_it_keeps_its_sense(per_year: float | None, words: str) -> None:
    assert texts.format_rate(per_year) == words


def test_an_area_keeps_its_sign_and_what_is_missing_is_said() -> None:
    assert texts.format_quantity(-21030.4, "m2", is_signed=True) == f"-21,030 {texts.SQUARE}"
    assert texts.format_quantity(None, "m2") == "not measured"
    assert texts.format_detection_length(None, 40.0) == "none up to 40 m"


# --- looks that are compared --------------------------------------------------------------------


def test_before_is_of_the_same_orbit_and_season_of_the_newest_earlier_year() -> None:
    looks = [look(0), look(360), look(365 + 20), look(365 + 30, orbit=9), look(600), look(730)]
    after = looks[-1]
    clear = frozenset(str(row["acquisition_id"]) for row in looks)
    found = looks_shown.before_look(looks, after, opened=after["sensed_at"], clear=clear)
    assert found == looks_shown.BeforeLook(looks[2], "earlier_year")


def test_a_blocked_look_is_never_the_picture_before() -> None:
    looks = [look(0), look(365), look(730)]
    clear = frozenset({str(looks[0]["acquisition_id"])})
    found = looks_shown.before_look(looks, looks[2], opened=looks[2]["sensed_at"], clear=clear)
    assert found is not None
    assert found.row == looks[0]


def test_another_season_is_said_to_be_one_and_the_alert_itself_is_no_before() -> None:
    looks = [look(500), look(640), look(730), look(740)]
    clear = frozenset(str(row["acquisition_id"]) for row in looks)
    opened = looks[2]["sensed_at"]
    found = looks_shown.before_look(looks, looks[3], opened=opened, clear=clear)
    assert found == looks_shown.BeforeLook(looks[1], "other_season")
    near = looks_shown.before_look(
        [*looks, look(700)], looks[3], opened=opened, clear=clear | {"L700-36"}
    )
    assert near == looks_shown.BeforeLook(look(700), "same_weeks")
    nothing = looks_shown.before_look(looks, looks[3], opened=looks[0]["sensed_at"], clear=clear)
    assert nothing is None


def test_seasons_meet_at_new_year() -> None:
    january, december = START, START - dt.timedelta(days=20)
    assert looks_shown.season_distance(january, december) == pytest.approx(20)
    assert looks_shown.season_distance(january, december.replace(year=2015)) < 22


@given(st.integers(1, 200), st.integers(2, 60))
def test_looks_of_the_lapse_are_spread_from_first_to_last(count: int, most: int) -> None:
    chosen = looks_shown.pick_evenly(list(range(count)), most)
    assert len(chosen) == min(count, most)
    assert chosen == sorted(set(chosen))
    assert (chosen[0], chosen[-1]) == (0, count - 1)


# --- causes -------------------------------------------------------------------------------------


@given(st.lists(st.sampled_from([1, -1, 0]), max_size=5))
def test_causes_are_read_back_from_their_words(leans: list[int]) -> None:
    reasons = tuple(CauseReason(lean, f"reason {place}, or so") for place, lean in enumerate(leans))
    cause = OrdinaryCause("haze left over", reasons)
    row = {
        "ordinary_causes": [cause.name],
        "likely_causes": [cause.name] if cause.is_likely else [],
        "cause_reasons": [describe_cause(cause)],
    }
    (found,) = causes_of(row)
    words = {lean: "; ".join(r.words for r in reasons if r.leans == lean) for lean in (1, -1, 0)}
    assert (found.name, found.is_likely) == (cause.name, cause.is_likely)
    assert (found.speaks_for, found.against) == (words[1], words[-1])
    assert found.undecided == (words[0] or ("" if reasons else "not tested"))


# --- charts and maps ----------------------------------------------------------------------------


def chart(rows, **changes) -> Markup:
    given_ = {"unit": "m2", "threshold_z": None, "span": None, "label": "x", **changes}
    return charts.series_chart(rows, **given_)


def marks(svg: Markup, kind: str) -> int:
    """Points or ticks of a kind in a chart."""
    path = str(svg).split(f'class="{kind}" d="', 1)[1].split('"', 1)[0]
    return path.count("M")


def test_every_look_is_in_the_chart_also_those_that_saw_nothing() -> None:
    rows = [
        value(0, state="learning", z=None),
        value(10),
        value(20, state="cloudy", number=None, z=None),
        value(30, state="snow", number=None, z=None),
        value(40, state="no_data", number=None, z=None),
        value(50, state="partial"),
        value(60),
    ]
    svg = chart(rows)
    assert marks(svg, "look") == 2
    assert marks(svg, "open-look") == 2  # learning, and partly seen
    for state in charts.LANES:
        assert marks(svg, f"tick {state}") == 1, state


def test_the_threshold_is_drawn_only_where_it_is_known() -> None:
    rows = [value(0), value(10)]
    assert 'class="threshold"' not in chart(rows)
    assert chart(rows, threshold_z=3.0).count('class="threshold"') == 2


def test_a_series_without_a_single_value_is_drawn_too() -> None:
    rows = [value(days, state="cloudy", number=None, z=None) for days in (0, 5)]
    assert marks(chart(rows), "tick cloudy") == 2
    assert chart([value(0)]).startswith("<svg")
    assert chart([]) == ""


@pytest.mark.parametrize(
    ("low", "high"),
    [
        (0.0, 0.85),
        (1.0, 9.5),
        (0.0, 10.0),
        (-1.2, 1.2),
        (0.105, 0.135),
        (-0.001, 0.0004),
        (90_000.0, 1e5),
        (5, 5),
    ],
)
def test_each_label_of_the_value_axis_is_where_its_value_is(low: float, high: float) -> None:
    alone = {"level_effect": 0.0, "season_effect": None}
    rows = [
        {**value(0, number=low), "expected": low, **alone},
        {**value(10, number=high), "expected": high, **alone},
    ]
    drawn = str(chart(rows))
    room = charts.ROOM * (high - low) or charts.ROOM * max(high, 1.0)
    found = re.findall(
        r'<path class="grid" d="M84 ([\d.]+)H\d+"/><text [^>]*>([^<]+)</text>', drawn
    )
    assert len(found) == len({label for _, label in found}) >= 3
    for place, label in found:
        share = (float(label.replace(",", "")) - low + room) / (high - low + 2 * room)
        at = charts.PLOT_BOTTOM - share * (charts.PLOT_BOTTOM - charts.TOP)
        assert float(place) == pytest.approx(at, abs=0.06), label


def test_hostile_names_in_charts_and_maps_are_text() -> None:
    frame = frame_of(slice(0, 300), slice(0, 300))
    drawn = [
        chart([value(0)], label=HOSTILE),
        maps.zones_overlay([ZONE], GRID, frame, marked=["field"], height=840),
        maps.world_map(
            [{"longitude": 0, "latitude": 0, "name": HOSTILE, "href": HOSTILE, "is_open": True}]
        ),
    ]
    for svg in drawn:
        assert "&lt;img" in svg
        assert "<img" not in svg
        assert 'alert(1)>"' not in svg


def test_a_window_shows_ground_round_the_zone_and_stays_on_the_grid() -> None:
    site = Site("s", "S", GRID.epsg, 5000.0, (ZONE,), "0")
    rows, columns = maps.window_of_zones([ZONE], site, GRID)
    assert 0 <= rows.start < rows.stop <= GRID.shape[0]
    assert 0 <= columns.start < columns.stop <= GRID.shape[1]
    assert maps.window_of_zones([], site, GRID) == (slice(0, 300), slice(0, 300))


def test_a_window_shows_no_more_than_the_margin_of_the_site() -> None:
    site = Site("s", "S", GRID.epsg, 30.0, (ZONE,), "0")
    whole = maps.window_of_zones([], site, GRID)
    assert maps.window_of_zones([ZONE], site, GRID) == whole
    near = maps.window_of_zones([], replace(site, margin_m=0.0), GRID)
    for wide, narrow in zip(whole, near, strict=True):
        assert wide.start in (0, narrow.start - 3)
        assert wide.stop in (300, narrow.stop + 3)


def test_a_place_is_where_it_should_be_on_the_map() -> None:
    place = {"longitude": 25.0, "latitude": -44.0, "name": "x", "href": None, "is_open": False}
    assert 'cx="250.0" cy="440.0"' in maps.world_map([place])


def test_scale_bar_is_as_long_as_it_says() -> None:
    frame = frame_of(slice(0, 300), slice(0, 300), width=600)
    svg = str(maps.zones_overlay([], GRID, frame, marked=(), height=600))
    assert ">500 m<" in svg
    assert "v8h100.0v-8" in svg  # 500 m are 50 pixels, drawn twice as large
    assert np.prod(frame.size) == 360_000
