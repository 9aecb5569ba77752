"""Estimates added up, held against what a source allows, and put into words."""

import pytest

from pipelines.cli.estimate import (
    CostEstimate,
    check_quotas,
    estimate_line,
    estimate_rows,
    quota_excesses,
    totals_by_source,
)
from resources.costs import Cost, Quota
from resources.errors import SettingsError

FREE = CostEstimate("folder", looks=140, unread=137, cost=Cost(), quota=None)
UNITS = Quota("Example, free account", requests_a_month=10_000, processing_units_a_month=10_000)


def metered(requests: int, units: float, quota: Quota = UNITS) -> CostEstimate:
    return CostEstimate("hub", 9, 9, Cost(requests, 2_000_000, units), quota)


def test_sites_are_added_up_for_each_source() -> None:
    totals = totals_by_source([metered(1, 0.5), FREE, metered(2, 1.0), FREE])
    assert [(one.source, one.looks, one.unread) for one in totals] == [
        ("folder", 280, 274),
        ("hub", 18, 18),
    ]
    assert totals[1].cost == Cost(3, 4_000_000, 1.5)
    assert totals[1].quota == UNITS
    assert totals_by_source([]) == []


@pytest.mark.parametrize(
    ("one", "beyond"),
    [
        (FREE, []),
        (metered(10_000, 10_000.0), []),
        (metered(10_001, 1.0), ["10,001 requests of 10,000 a month"]),
        (metered(1, 10_000.4), ["10,001 processing units of 10,000 a month"]),
        (metered(1, 1.0, Quota("b", bytes_a_month=10)), ["2,000,000 bytes of 10 a month"]),
        (metered(10**9, 1e9, Quota("unknown")), []),
    ],
)
def test_what_goes_beyond_an_allowance_is_named(one: CostEstimate, beyond: list[str]) -> None:
    assert quota_excesses(one) == beyond


def test_a_back_fill_beyond_an_allowance_is_refused_with_what_to_do() -> None:
    check_quotas([FREE, metered(10_000, 10_000.0)])
    with pytest.raises(SettingsError) as refused:
        check_quotas([FREE, metered(29_000, 12_345.6)])
    assert str(refused.value) == (
        "This back-fill would take 29,000 requests of 10,000 a month and 12,346 processing units "
        "of 10,000 a month (Example, free account); ask for fewer months or sites, take another "
        "source, or go ahead with --yes."
    )


def test_an_estimate_is_one_line_and_tells_units_only_where_there_are_any() -> None:
    assert estimate_line([FREE, metered(18, 39.6)]) == (
        "Estimate: folder: 140 looks listed, 137 to be read; about 0 requests, 0 MB; "
        "hub: 9 looks listed, 9 to be read; about 18 requests of 10,000 a month, 2 MB, "
        "40 processing units of 10,000 a month."
    )
    assert estimate_line([]) == "Estimate: no site."


def test_an_allowance_that_is_not_known_is_empty() -> None:
    table = estimate_rows([("a", FREE), ("b", metered(1, 1.0))])
    allowed = ("requests a month", "MB a month", "units a month")
    assert [[row[name] for name in allowed] for row in table] == [
        [None, None, None],
        [10_000, None, 10_000],
    ]
