"""Lines of attribution: whose data, of which years, and which of them no satellite saw."""

import datetime as dt

import pytest

from resources.attribution import credits_of_looks, how_simulated

OWN = "Contains modified Copernicus Sentinel data {}"
MADE_UP = "SIMULATED scenes, no Copernicus data"


def look(year: int, line: str | None) -> dict[str, object]:
    return {"sensed_at": dt.datetime(year, 5, 1, tzinfo=dt.UTC), "attribution": line}


def test_lines_of_credit_name_all_years_and_other_sources() -> None:
    looks = [
        look(2019, OWN.format(2019)),
        look(2017, OWN.format(2017)),
        look(2020, "Another source"),
        look(2021, None),
    ]
    assert credits_of_looks(looks) == [OWN.format("2017-2019"), "Another source"]


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ([MADE_UP, MADE_UP], "all"),
        ([MADE_UP, OWN.format(2020)], "some"),
        ([MADE_UP, None], "some"),
        ([OWN.format(2020)], "none"),
        ([], "none"),
    ],
)
def test_it_is_told_how_many_scenes_are_made_up(lines: list[str | None], found: str) -> None:
    assert how_simulated(lines) == found
