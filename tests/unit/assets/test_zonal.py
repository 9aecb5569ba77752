"""Means and areas of all zones at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.zonal import PixelCoverage, class_areas, zonal_means, zonal_sums
from bench.zones import CLOSE, coverage_of, make_scene, measure

SHAPE = (12, 15)
PIXEL_M2 = 100.0


def weights(seed: int = 0, zones: int = 4) -> dict[str, np.ndarray]:
    chance = np.random.default_rng(seed)
    shares = chance.uniform(0, 1, (zones, *SHAPE)) * (chance.random((zones, *SHAPE)) < 0.3)
    return {f"zone-{number}": share.astype(np.float32) for number, share in enumerate(shares)}


def fields(seed: int = 1, count: int = 5) -> np.ndarray:
    chance = np.random.default_rng(seed)
    values = chance.normal(0.2, 0.1, (count, *SHAPE))
    values[:, chance.random(SHAPE) < 0.3] = np.nan
    values[0, chance.random(SHAPE) < 0.3] = np.nan
    return values


def plain_mean(share: np.ndarray, field: np.ndarray) -> tuple[float, float]:
    seen = np.isfinite(field)
    area = float(share[seen].sum(dtype=np.float64))
    total = float((share.astype(np.float64) * np.where(seen, field, 0)).sum())
    return (total / area if area else np.nan), area * PIXEL_M2


@given(seed=st.integers(0, 10_000))
def test_means_are_those_of_a_plain_weighted_sum(seed: int) -> None:
    shares, values = weights(seed), fields(seed + 1)
    found = zonal_means(PixelCoverage.of(shares, PIXEL_M2), values)
    for row, share in enumerate(shares.values()):
        for column, field in enumerate(values):
            mean, area = plain_mean(share, field)
            assert found.mean[row, column] == pytest.approx(mean, rel=1e-12, nan_ok=True)
            assert found.seen_m2[row, column] == pytest.approx(area, rel=1e-6)


def test_a_zone_that_nothing_shows_has_no_mean() -> None:
    found = zonal_means(PixelCoverage.of(weights(), PIXEL_M2), np.full((2, *SHAPE), np.nan))
    assert np.isnan(found.mean).all()
    assert not found.seen_m2.any()


def test_a_zone_off_the_grid_has_a_row_of_nothing() -> None:
    shares = weights() | {"gone": np.zeros(SHAPE, np.float32)}
    coverage = PixelCoverage.of(shares, PIXEL_M2)
    assert coverage.zone_ids[-1] == "gone"
    assert np.isnan(zonal_means(coverage, fields()).mean[-1]).all()
    assert not zonal_sums(coverage, fields())[-1].any()
    assert zonal_means(PixelCoverage.of({}, PIXEL_M2), fields()).mean.shape == (0, 5)


def test_sums_of_masks_are_areas() -> None:
    shares = weights()
    masks = np.stack([np.ones(SHAPE, bool), np.zeros(SHAPE, bool)])
    found = zonal_sums(PixelCoverage.of(shares, PIXEL_M2), masks)
    areas = [share.sum(dtype=np.float64) * PIXEL_M2 for share in shares.values()]
    np.testing.assert_allclose(found, np.column_stack([areas, np.zeros(4)]), rtol=1e-6)


def test_areas_of_classes_are_those_of_their_masks() -> None:
    classes = np.random.default_rng(3).integers(0, 4, SHAPE).astype(np.uint8)
    coverage = PixelCoverage.of(weights() | {"gone": np.zeros(SHAPE, np.float32)}, PIXEL_M2)
    masks = np.stack([classes == code for code in range(4)])
    found = class_areas(coverage, classes, 4)
    np.testing.assert_allclose(found, zonal_sums(coverage, masks), rtol=1e-12)
    with pytest.raises(ValueError, match="codes under 3"):
        class_areas(coverage, classes, 3)


def test_fields_stay_as_they_are() -> None:
    values = fields()
    before = values.copy()
    whole = {"all": np.ones(SHAPE, np.float32)}
    zonal_means(PixelCoverage.of(whole, PIXEL_M2), values)
    zonal_sums(PixelCoverage.of(whole, PIXEL_M2), values)
    np.testing.assert_array_equal(values, before)


def test_fields_of_a_smaller_grid_are_refused() -> None:
    whole = {"all": np.ones(SHAPE, np.float32)}
    with pytest.raises(ValueError, match="pixels of the coverage"):
        zonal_means(PixelCoverage.of(whole, PIXEL_M2), fields()[:, :-1])


def test_no_fields_have_no_means() -> None:
    coverage = PixelCoverage.of(weights(), PIXEL_M2)
    assert zonal_means(coverage, np.empty((0, *SHAPE))).mean.shape == (4, 0)


def test_pixels_of_zones_give_the_same_as_shares() -> None:
    shares = weights()
    index = {name: np.flatnonzero(share) for name, share in shares.items()}
    area = {
        name: shares[name].ravel()[index[name]].astype(np.float64) * PIXEL_M2 for name in shares
    }
    ours = zonal_means(PixelCoverage.of_pixels(index, area), fields())
    np.testing.assert_array_equal(
        ours.mean, zonal_means(PixelCoverage.of(shares, PIXEL_M2), fields()).mean
    )


def test_sums_are_made_in_double_precision() -> None:
    share = {"all": np.ones((1000, 1000), np.float32)}
    values = np.full((1, 1000, 1000), 0.1, np.float32)
    values[0, 0, 0] = 1e6
    found = zonal_means(PixelCoverage.of(share, 1.0), values).mean[0, 0]
    assert found == pytest.approx(values.astype(np.float64).mean(), rel=1e-12)


def test_means_over_narrow_strips_are_those_of_exactextract() -> None:
    scene = make_scene()
    ours, exactextract = measure(scene, coverage_of(scene), rounds=1)[:2]
    assert (ours.title, exactextract.title) == ("sitewatch", "exactextract")
    assert exactextract.apart < CLOSE
