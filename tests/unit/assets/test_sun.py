"""Where the sun stands when the satellite passes."""

import datetime as dt
import math

import pytest

from assets.sun import pass_elevation_deg

JUNE, DECEMBER = dt.date(2023, 6, 21), dt.date(2023, 12, 21)


@pytest.mark.parametrize("latitude", [-50.0, -20.0, 0.0, 20.0, 45.0, 60.0])
def test_summer_of_the_north_is_winter_of_the_south(latitude: float) -> None:
    assert pass_elevation_deg(JUNE, latitude) == pytest.approx(
        pass_elevation_deg(DECEMBER, -latitude), abs=0.3
    )


def test_the_sun_is_lower_further_from_where_it_stands_overhead() -> None:
    heights = [
        pass_elevation_deg(DECEMBER, latitude) for latitude in (-23.0, 0.0, 30.0, 50.0, 65.0)
    ]
    assert heights == sorted(heights, reverse=True)
    assert heights[-1] < 5


def test_at_the_equinox_on_the_equator_it_has_an_hour_and_a_half_to_noon() -> None:
    assert pass_elevation_deg(dt.date(2023, 3, 22), 0.0) == pytest.approx(90 - 22.5, abs=0.5)


def test_an_unknown_latitude_gives_no_height() -> None:
    assert math.isnan(pass_elevation_deg(JUNE, math.nan))
