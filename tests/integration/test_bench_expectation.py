"""The yardstick of the expectation on a cube small enough for the gate."""

import numpy as np
import pytest

from assets.activity.history import LOOKS_MAX
from bench.expectation.cube import NOISE, simulate_cube
from bench.expectation.programs import Fitted, own_programs
from bench.expectation.report import CONVERGED_SIGMA, FIRST_YEAR, LAST_YEAR
from bench.expectation.years import judge, simulate_site


@pytest.fixture(scope="module")
def fits() -> dict[str, Fitted]:
    """All but `nrt`'s, which compiles for long."""
    cube = simulate_cube(60)
    return {program.name: program.run(cube) for program in own_programs()}


def test_our_fit_has_converged_and_comes_as_near_to_the_truth_as_one_written_plainly(
    fits: dict[str, Fitted],
) -> None:
    cube = simulate_cube(60)
    error = {
        name: np.sqrt(np.mean((cube.terms @ (found.coefficients - cube.truth)) ** 2))
        for name, found in fits.items()
    }
    assert fits["sitewatch"].left.max() < CONVERGED_SIGMA
    assert error["sitewatch"] < 1.1 * error["Python loop"] < NOISE / 2
    assert error["least squares"] > 3 * error["sitewatch"]


def test_a_look_after_ten_years_costs_what_it_did_after_one() -> None:
    site = simulate_site(24)
    first, last = judge(site, FIRST_YEAR), judge(site, LAST_YEAR)
    assert first.chosen == last.chosen == LOOKS_MAX
    assert last.known > 9 * first.known
    for cost in (first, last):
        assert 0.0005 < cost.beyond_three < 0.006
