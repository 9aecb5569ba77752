"""Which months are worked in one go when a site is made again."""

from pipelines.reproduce.recompute import split_after
from resources.archive.overlay import is_chip
from resources.months import Month

JUNE, JULY, AUGUST, OCTOBER = (Month(2020, number) for number in (6, 7, 8, 10))


def test_only_the_span_that_goes_on_beyond_a_month_is_cut() -> None:
    spans = [(JUNE, AUGUST), (OCTOBER, OCTOBER)]
    cut = [(JUNE, JULY), (AUGUST, AUGUST), (OCTOBER, OCTOBER)]
    assert split_after(spans, JULY) == cut
    for month in (AUGUST, OCTOBER, Month(2020, 5), Month(2021, 1)):
        assert split_after(spans, month) == spans
    worked = [part[0].plus(back) for part in split_after(spans, JUNE) for back in range(3)]
    assert {JUNE, JULY, AUGUST, OCTOBER} <= set(worked)


def test_only_chips_of_a_site_are_read_from_beneath() -> None:
    assert is_chip("base/chips/S2A_X/10m-0123.tif")
    for key in ("base/masks/S2A/mask-01.tif", "chips/base/x", "catalog.json", "base", ""):
        assert not is_chip(key)
