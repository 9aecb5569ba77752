"""Months of the calendar, one by one and in runs."""

from resources.months import Month, month_spans

JUNE, JULY, AUGUST, OCTOBER = (Month(2020, number) for number in (6, 7, 8, 10))


def test_neighbouring_months_go_together_and_gaps_are_kept() -> None:
    assert month_spans([]) == []
    assert month_spans([JUNE, JULY, AUGUST, OCTOBER]) == [(JUNE, AUGUST), (OCTOBER, OCTOBER)]
    december = Month(2020, 12)
    assert month_spans([december, december.plus(1)]) == [(december, Month(2021, 1))]


def test_order_and_repetition_of_months_change_nothing() -> None:
    assert month_spans(iter([OCTOBER, JULY, JUNE, JULY])) == [(JUNE, JULY), (OCTOBER, OCTOBER)]
