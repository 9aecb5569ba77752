"""The pattern inside a zone: what stands there is told from haze, sun and season."""

import numpy as np
import pytest

from assets.activity.fit.season_fit import RegressionTerms
from assets.activity.indices.indices import PATTERN_INDICES
from assets.activity.usual.pattern import PatternPast, beside_zone, learn_pattern
from resources.models import REFLECTANCE_BANDS

PIXELS = 200
LOOKS = 24
AREA = np.full(PIXELS, 100.0)
STANDING = np.arange(PIXELS) % 4 == 0  # pixels that something dark or light stands on
LIGHT = np.where(np.arange(PIXELS) % 8 == 0, 0.5, 1.8)
TERMS = RegressionTerms((7,))


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(11)


def look(rng: np.random.Generator, standing: np.ndarray = STANDING, light: float = 1.0):
    """Reflectance of pavement with things on it, shape (band, pixel)."""
    ground = 0.2 * np.where(standing, LIGHT, 1.0)
    noise = rng.normal(1.0, 0.03, (len(REFLECTANCE_BANDS), PIXELS))
    return light * ground * noise


def days() -> np.ndarray:
    return np.linspace(0.0, 700.0, LOOKS)


def learn(rng: np.random.Generator) -> PatternPast:
    """Two years of looks, each as a whole lighter or darker."""
    past = np.stack([look(rng, light=rng.normal(1.0, 0.1)) for _ in range(LOOKS)])
    rows = TERMS.of(days(), [7] * LOOKS)
    quarters = (days()[-1] - days()) // 91
    return learn_pattern(past, AREA, days(), rows, TERMS.ridge, quarters.astype(np.int64))


def measured(past: PatternPast, seen: np.ndarray) -> dict[str, float]:
    return past.measure(seen, TERMS.of(np.array([760.0]), [7])[0], AREA)


def test_a_usual_look_shows_all_of_the_pattern_and_nothing_besides(rng) -> None:
    past = learn(rng)
    found = measured(past, look(rng))
    assert set(found) == set(PATTERN_INDICES)
    assert found["pattern"] == pytest.approx(1.0, abs=0.05)
    for name, value in found.items():
        assert abs(past.judged(name, value, noise=1.0).z) < 3


@pytest.mark.parametrize("light", [0.6, 1.5])
def test_light_that_all_pixels_share_changes_nothing(rng, light) -> None:
    past = learn(rng)
    seen = look(rng)
    assert measured(past, light * seen) == pytest.approx(measured(past, seen))


@pytest.mark.parametrize(("gone", "left"), [(0.5, 0.5), (1.0, 0.0)])
def test_what_left_is_missing_from_the_pattern(rng, gone, left) -> None:
    past = learn(rng)
    still = STANDING & (np.arange(PIXELS) >= gone * PIXELS)
    found = measured(past, look(rng, standing=still))
    assert found["pattern"] == pytest.approx(left, abs=0.08)
    assert past.judged("pattern", found["pattern"], noise=1.0).z < -3


def test_what_came_is_not_explained_by_the_pattern(rng) -> None:
    past = learn(rng)
    more = STANDING | (np.arange(PIXELS) < 60)
    found = measured(past, look(rng, standing=more))
    assert past.judged("novelty", found["novelty"], noise=1.0).z > 3


def test_things_that_stand_elsewhere_are_both_missing_and_new(rng) -> None:
    past = learn(rng)
    found = measured(past, look(rng, standing=np.roll(STANDING, 1)))
    assert past.judged("pattern", found["pattern"], noise=1.0).z < -3
    assert past.judged("novelty", found["novelty"], noise=1.0).z > 3


def test_a_zone_of_which_too_little_is_seen_has_no_pattern(rng) -> None:
    past = learn(rng)
    seen = look(rng)
    seen[:, 4:] = np.nan
    assert all(np.isnan(value) for value in measured(past, seen).values())


def test_few_looks_do_not_tell_what_is_usual(rng) -> None:
    past = np.stack([look(rng) for _ in range(5)])
    rows = TERMS.of(days()[:5], [7] * 5)
    found = learn_pattern(past, AREA, days()[:5], rows, TERMS.ridge, np.arange(5))
    assert found.judged("pattern", 1.0, noise=1.0) is None


def test_a_pixel_without_one_of_its_bands_is_unknown(rng) -> None:
    seen = look(rng)[None]
    seen[0, 3, 10] = np.nan
    found = beside_zone(seen)
    assert np.isnan(found[0, :, 10]).all()
    assert np.isfinite(np.delete(found, 10, axis=-1)).all()
    assert np.nanmedian(found, axis=-1) == pytest.approx(0.0)
