"""What past looks let expect of a zone and of the ground beside it."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.activity.align.lattice import blocks_of
from assets.activity.looks.past_days import BASELINE_LOOKS_MIN
from assets.activity.usual.block_past import learn_blocks
from assets.activity.usual.zone_expectation import (
    QUIETEST,
    SHARED_MAX,
    mean_beyond,
    noise_factor,
    zone_means,
)

SiteMaker = Callable[..., Any]
AREA = np.array([100.0, 100.0, 50.0, 25.0])


def test_the_expectation_is_the_ground_as_the_season_shows_it(made_site: SiteMaker) -> None:
    site = made_site()
    known = site.learn(site.past())
    box = known.box
    expected = known.zone.pixels.fit.predict(known.zone.terms.of(np.array([760.0]), [0])[0])
    ground = site.ground[:, box.rows, box.columns].reshape(7, -1)
    concrete = np.abs(expected - ground)[:, box.inside]
    assert concrete.mean() < 0.006
    meadow = (site.material[box.rows, box.columns] == 0).ravel()
    if meadow.any():
        assert np.median((expected - ground)[3, meadow]) > 0.01, "green in summer"


def test_blocks_that_are_asked_are_of_the_zone_s_own_ground(made_site: SiteMaker) -> None:
    site = made_site()
    zone = site.learn(site.past()).zone
    block = blocks_of(np.arange(site.material.size), site.material.shape)
    material = np.array(
        [np.bincount(site.material.ravel()[block == one]).argmax() for one in range(256)]
    )
    assert (material[zone.like.blocks] == 3).mean() > 0.98
    assert not np.isin(zone.like.blocks, zone.like.parts).any()


def test_each_orbit_is_expected_to_show_what_it_shows(made_site: SiteMaker) -> None:
    site = made_site()
    past = []
    for number, look in enumerate(site.past(32)):
        seen = dataclasses.replace(look, orbit=(21, 121)[number % 2])
        if seen.orbit == 121:  # walls that it sees in the sun
            seen.reflectance[:, *site.zone_slice] += 0.04
        past.append(seen)
    zone = site.learn(past).zone
    days = np.array([760.0])
    first, second, new = (
        zone.pixels.fit.predict(zone.terms.of(days, [orbit])[0])[:, zone.box.inside].mean()
        for orbit in (21, 121, 7)
    )
    assert second - first == pytest.approx(0.04, abs=0.006)
    assert first < new < second


def test_one_look_of_missed_cloud_does_not_move_the_expectation(made_site: SiteMaker) -> None:
    site = made_site()
    past = site.past()
    cloudy = [dataclasses.replace(past[0], reflectance=past[0].reflectance + 0.5), *past[1:]]
    calm, moved = (
        one.zone.pixels.fit.predict(one.zone.terms.of(np.array([760.0]), [0])[0])
        for one in (site.learn(past), site.learn(cloudy))
    )
    assert np.abs(moved - calm).mean() < 0.002


def test_too_few_looks_are_learning(made_site: SiteMaker) -> None:
    site = made_site()
    past = site.past()
    assert learn_blocks([]) is None
    assert site.learn([]).zone is None
    assert site.learn(past[-BASELINE_LOOKS_MIN + 1 :]).zone is None
    assert site.learn(past).zone is not None


def test_a_zone_that_was_never_seen_is_learning(made_site: SiteMaker) -> None:
    site = made_site()
    past = site.past()
    for look in past:
        look.clear[site.zone_slice] = False
    known = site.learn(past)
    assert known.blocks is not None
    assert known.zone is None


def test_the_same_past_teaches_the_same_twice(made_site: SiteMaker) -> None:
    first, second = (site.learn(site.past()).zone for site in (made_site(), made_site()))
    np.testing.assert_array_equal(first.pixels.fit.coefficients, second.pixels.fit.coefficients)
    np.testing.assert_array_equal(first.like.blocks, second.like.blocks)
    assert first.course.spreads == second.course.spreads
    for name, values in first.pixels.counts.items():
        np.testing.assert_array_equal(values, second.pixels.counts[name])


def test_means_of_a_part_stand_for_the_whole_zone() -> None:
    rng = np.random.default_rng(1)
    ground = np.array([0.1, 0.3, 0.2, 0.5])
    step = rng.normal(0, 0.02, 20)
    fields = ground + step[:, None, None] + np.zeros((20, 1, 4))
    whole_centre, whole = zone_means(fields, AREA)
    fields[5:12, :, 1] = np.nan
    fields[7, :, 2:] = np.nan
    fields[9] = np.nan
    centre, means = zone_means(fields, AREA)
    np.testing.assert_allclose(np.ptp(centre - ground, axis=1), 0.0, atol=1e-9)
    assert np.isnan(means[9, 0])
    seen = np.arange(20) != 9
    apart = (means - whole)[seen] - (whole_centre - centre)[0, 0]
    np.testing.assert_allclose(apart, 0.0, atol=1e-9)


@given(st.lists(st.booleans(), min_size=4, max_size=4))
def test_a_mean_beyond_is_weighted_by_area_over_what_is_seen(shown: list[bool]) -> None:
    fields = np.where(shown, [0.1, 0.4, 0.2, 0.9], np.nan)[None]
    found = mean_beyond(fields, np.zeros((1, 4)), AREA)[0]
    if any(shown):
        assert found == pytest.approx(np.average(fields[0, shown], weights=AREA[shown]))
    else:
        assert np.isnan(found)


def test_the_noise_of_a_look_is_that_of_like_ground_and_never_next_to_nothing() -> None:
    scatter = np.array([[0.02, 0.001, np.nan, 0.01]])
    usual = np.array([0.01, 0.01, 0.01, np.nan])
    assert noise_factor(scatter, usual).tolist() == [[2.0, QUIETEST, 1.0, 1.0]]
    assert noise_factor(np.zeros((1, 1)), np.zeros(1)).tolist() == [[1.0]]


@pytest.mark.parametrize(("factor", "low", "high"), [(1.0, 0.85, 1.15), (0.0, 0.0, 0.4)])
def test_what_the_zone_shares_with_like_ground_is_learnt(
    made_site: SiteMaker, factor: float, low: float, high: float
) -> None:
    site = made_site(light=0.0, wet=0.005)
    past = site.past(48)
    rng = np.random.default_rng(9)
    inside = np.zeros(site.material.shape, bool)
    inside[site.zone_slice] = True
    for look in past:  # damp that all concrete shows, and the zone so many times
        damp = rng.normal(0, 0.02)
        look.reflectance[:, site.material == 3] += damp
        look.reflectance[:, inside] += (factor - 1.0) * damp
    share = site.learn(past).zone.course.shared[0]
    assert low <= share <= high
    assert 0 <= share <= SHARED_MAX
