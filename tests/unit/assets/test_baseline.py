"""What past looks let expect: robust, from the rest of the site, and never too much."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from assets.activity.baseline import learn_baseline
from assets.activity.expectation import learn_expectation, level_past
from assets.activity.history import LOOKS_MIN
from assets.activity.models import ClearLook, ZonePixels
from assets.activity.sample import BLOCK_PX, SAMPLE_BLOCKS, choose_sample, judged_pixels
from assets.activity.surface import bare_surface, odd_pixels
from resources.models import ZoneKind

SiteMaker = Callable[..., Any]


EVERYWHERE = np.arange(44 * 44)


def expect_pixels(past: list[ClearLook], orbit: int = 0) -> np.ndarray:
    """What is expected everywhere on day 180 from an orbit, shape (band, y, x)."""
    now = dataclasses.replace(past[0], day=180.0, orbit=orbit)
    found = learn_expectation(level_past(past), EVERYWHERE).at([now], EVERYWHERE)
    return found[0].reshape(7, 44, 44)


def test_the_expectation_is_the_ground_at_a_common_level(made_site: SiteMaker) -> None:
    site = made_site()
    assert level_past(site.past()).bands == tuple(range(7))
    expected = expect_pixels(site.past())
    shift = np.median((expected - site.ground).reshape(7, -1), axis=1)
    assert np.abs(shift).max() < 0.01
    assert np.std(expected - site.ground - shift[:, None, None]) < 0.006


def test_each_orbit_is_expected_to_show_what_it_shows(made_site: SiteMaker) -> None:
    site = made_site()
    past = []
    for number, look in enumerate(site.past(20)):
        seen = dataclasses.replace(look, orbit=(21, 121)[number % 2])
        if seen.orbit == 121:  # slopes that it sees in the sun
            seen.reflectance[:, :10] += 0.05
        past.append(seen)
    first, second, new = (expect_pixels(past, orbit) for orbit in (21, 121, 7))
    apart = np.median(second - first, axis=0)
    sunny, rest = np.median(apart[:10]), np.median(apart[10:])  # levels are common to a look
    assert sunny - rest == pytest.approx(0.05, abs=0.006)
    assert np.allclose(new, (first + second) / 2)


def test_one_look_of_missed_cloud_does_not_move_the_expectation(made_site: SiteMaker) -> None:
    past = made_site().past()
    cloudy = [dataclasses.replace(past[0], reflectance=past[0].reflectance + 0.5), *past[1:]]
    cloudy[0].reflectance[:, :20] += 0.3
    change = expect_pixels(cloudy) - expect_pixels(past)
    assert np.abs(change).mean() < 0.002


def test_too_few_looks_or_no_pixel_seen_often_enough_is_learning(made_site: SiteMaker) -> None:
    site = made_site()
    assert learn_baseline(site.past(LOOKS_MIN - 1), [site.zone]) is None
    assert learn_baseline([], [site.zone]) is None
    strips = site.past(LOOKS_MIN)
    for number, look in enumerate(strips):
        look.clear[:] = False
        look.clear[5 * number : 5 * number + 5] = True
    assert learn_baseline(strips, [site.zone]) is None


def test_pixels_seen_too_seldom_have_no_expectation(made_site: SiteMaker) -> None:
    past = made_site().past()
    for look in past[: len(past) - LOOKS_MIN + 1]:
        look.clear[:3] = False
    expected = expect_pixels(past)
    assert np.isnan(expected[:, :3]).all()
    assert np.isfinite(expected[:, 3:]).all()


def test_the_same_past_teaches_the_same_twice(made_site: SiteMaker) -> None:
    first, second = (
        learn_baseline(site.past(), [site.zone]) for site in (made_site(), made_site())
    )
    np.testing.assert_array_equal(
        first.expectation.harmonics.coefficients, second.expectation.harmonics.coefficients
    )
    for name, values in first.zones["zone"].differences.items():
        np.testing.assert_array_equal(values, second.zones["zone"].differences[name])


def test_the_sample_is_of_the_rest_of_the_site_and_of_bounded_size() -> None:
    rng = np.random.default_rng(0)
    expected = rng.uniform(0.05, 0.4, (7, 90, 90))
    weights = np.zeros((90, 90), np.float32)
    weights[20:50, 20:50] = 1
    zone = ZonePixels.of("judged", "apron", weights, 100)
    reference = ZonePixels.of("reference", "reference", weights[::-1], 100)
    judged = judged_pixels([zone, reference], (90, 90))
    assert judged.sum() == 900, "reference ground is not judged"
    sample = choose_sample(expected, range(7), judged, reference)
    assert not np.isin(sample, np.concatenate([zone.index, reference.index])).any()
    assert 0.9 * SAMPLE_BLOCKS < len(sample) <= SAMPLE_BLOCKS + 36
    assert sample.shape[1] == BLOCK_PX**2
    assert len(set(sample.ravel())) == sample.size
    np.testing.assert_array_equal(sample, choose_sample(expected, range(7), judged, reference))


@pytest.mark.parametrize(("kind", "is_bared"), [("apron", True), ("construction", False)])
def test_what_always_stands_on_an_apron_is_no_bare_surface(
    kind: ZoneKind, *, is_bared: bool
) -> None:
    expected = np.random.default_rng(0).normal(0.2, 0.005, (7, 200))
    expected[:, :20] += 0.2
    bare = bare_surface(expected[None], odd_pixels(expected, kind))[0]
    np.testing.assert_array_equal(bare[:, 20:], expected[:, 20:])
    assert (np.abs(bare[:, :20] - 0.2).max() < 0.01) == is_bared


def test_an_aircraft_that_was_always_there_counts_as_occupying(made_site: SiteMaker) -> None:
    site = made_site()
    site.ground[:, 18:22, 18:22] += 0.15
    known = learn_baseline(site.past(), [site.zone]).zones["zone"]
    assert (known.habit["occupancy"] > 0.9).sum() == pytest.approx(16, abs=1)
