"""Laws of costs: they add up, and processing units follow the published definition."""

import math

import pytest

from resources.costs import Cost, Quota, catalog_units, process_units


def test_costs_add_up_in_any_order():
    parts = [Cost(1, 10, 0.1), Cost(2, 20, 0.2), Cost(4, 40, 0.4)]
    forward, backward = sum(parts, Cost()), sum(reversed(parts), Cost())
    assert (forward.requests, forward.bytes) == (backward.requests, backward.bytes) == (7, 70)
    assert math.isclose(forward.processing_units, 0.7)
    assert math.isclose(backward.processing_units, 0.7)


@pytest.mark.parametrize("count", [-1, math.nan, math.inf])
def test_a_cost_that_is_no_number_is_refused(count):
    with pytest.raises(ValueError, match="finite and not negative"):
        Cost(processing_units=count)


@pytest.mark.parametrize(
    ("pixels", "bands", "options", "expected"),
    [
        (512 * 512, 3, {}, 1.0),  # the definition itself
        (512 * 512, 6, {}, 2.0),
        (1024 * 512, 3, {}, 2.0),
        (512 * 512, 3, {"is_float32": True}, 2.0),
        (512 * 512, 3, {"samples": 4}, 4.0),
        (500 * 500, 7, {}, 2.225),  # its own figure: 5 x 5 km, 7 bands, 16 bits: 2.2
        (10, 3, {}, 0.01),  # the area counts at least 0.01
        (10, 1, {}, 0.005),  # and a request costs at least 0.005
    ],
)
def test_processing_units_follow_the_published_definition(pixels, bands, options, expected):
    assert process_units(pixels, bands, **options) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize(
    ("area_km2", "months", "expected"),
    [(25, 1, 0.01), (100_000, 1, 0.1), (100_000, 2, 0.2), (5_000_000, 12, 1.0), (25, 0.1, 0.01)],
)
def test_a_search_costs_by_area_and_months_between_its_bounds(area_km2, months, expected):
    assert catalog_units(area_km2, months) == pytest.approx(expected)


def test_a_quota_names_only_the_limits_that_are_known():
    quota = Quota("CDSE general user", requests_a_month=10_000, processing_units_a_month=10_000)
    assert quota.bytes_a_month is None
