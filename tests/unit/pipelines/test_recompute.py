"""Which months are worked in one go when a site is made again."""

from pipelines.recompute import spans_of, split_after
from resources.archive_beneath import is_chip
from resources.models import Month

JUNE, JULY, AUGUST, OCTOBER = (Month(2020, number) for number in (6, 7, 8, 10))


def test_neighbouring_months_go_together_and_gaps_are_kept() -> None:
    assert spans_of([]) == []
    assert spans_of([JUNE, JULY, AUGUST, OCTOBER]) == [(JUNE, AUGUST), (OCTOBER, OCTOBER)]
    december = Month(2020, 12)
    assert spans_of([december, december.plus(1)]) == [(december, Month(2021, 1))]


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
