"""Learned masks: the package's own result, kept in memory, and told plainly when it is missing."""

import datetime as dt
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.clouds.external_masks import (
    PAD,
    CsMask,
    _blending_windows,
    _load_model,
    _of_any_size,
    _trailing_padding,
    mask_model_named,
    s2cloudless_mask,
)
from assets.scenes.stack import LookPixels
from resources.errors import SettingsError
from resources.models import REFLECTANCE_BANDS

BANDS = ("blue", "green", "red", "nir", "swir16", "swir22")
SHADOW_LABEL, CLOUD_LABEL = 0, 4


def look_of(image: np.ndarray) -> LookPixels:
    reflectance = np.full((len(REFLECTANCE_BANDS), *image.shape[:2]), np.nan, np.float32)
    for place, band in enumerate(BANDS[: image.shape[2]]):
        reflectance[REFLECTANCE_BANDS.index(band)] = image[..., place]
    scl = np.zeros(image.shape[:2], np.uint8)
    return LookPixels("L", dt.datetime(2020, 1, 1, tzinfo=dt.UTC), 0, reflectance, scl, scl > 0)


@pytest.mark.shared
@pytest.mark.parametrize("bands", [6, 4])
def test_the_kept_session_gives_what_the_package_gives(shared: Path, bands: int) -> None:
    from ukis_csmask.mask import CSmask

    image, labels = labelled(shared)
    image = image[..., :bands].copy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # smaller than its tiles
        theirs = CSmask(img=image.copy(), band_order=list(BANDS[:bands]), product_level="l2a").csm
    found = CsMask()(look_of(image))
    assert found.shadow is not None
    ours = np.stack([1 - found.cloud - found.shadow, found.cloud, found.shadow]).argmax(axis=0)
    assert len(np.unique(ours)) == 3
    assert (ours == theirs[..., 0]).mean() > 0.985
    # a part of the scene has few pixels of shadow; over the whole it is within 0.01 (bench.masks)
    for code, label in ((1, CLOUD_LABEL), (2, SHADOW_LABEL)):
        assert overlap(ours == code, labels == label) == pytest.approx(
            overlap(theirs[..., 0] == code, labels == label), abs=0.02
        )


@pytest.mark.shared
def test_windows_of_a_large_scene_give_what_the_whole_gives(shared: Path) -> None:
    image, _ = labelled(shared)
    model, bands = _load_model("l2a", 6), np.moveaxis(image, -1, 0)
    whole, parts = model.run(bands), model.run(bands, largest=192)
    np.testing.assert_allclose(parts.sum(axis=0), 1, atol=1e-5)
    assert (whole.argmax(axis=0) == parts.argmax(axis=0)).mean() > 0.97


@given(length=st.integers(1, 60))
def test_windows_together_count_each_pixel_once(length: int) -> None:
    edge = 32 * length
    total = np.zeros(edge)
    for start, weight in _blending_windows(edge, 320):
        assert start % 32 == 0
        assert weight.min() > 0
        total[start : start + weight.size] += weight
    np.testing.assert_allclose(total, 1, atol=1e-5)


@given(length=st.integers(1, 2000))
def test_the_network_is_given_multiples_of_its_stride(length: int) -> None:
    assert (PAD + length + _trailing_padding(length)) % 32 == 0
    assert 8 <= _trailing_padding(length) < 40


def test_a_model_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="256 x 256"):
        _of_any_size(b"another model")


def labelled(shared: Path) -> tuple[np.ndarray, np.ndarray]:
    """A part of the labelled scene: image (y, x, band) and labels (y, x)."""
    with np.load(shared / "real" / "clouds" / "raw" / "sentinel2.npz") as held:
        part = (slice(150, 410), slice(200, 430))
        return held["img"][part].astype(np.float32), held["msk"][part][..., 0]


def overlap(found: np.ndarray, truth: np.ndarray) -> float:
    """Intersection over union."""
    return float((found & truth).sum() / (found | truth).sum())


def test_unseen_pixels_say_nothing() -> None:
    image = np.random.default_rng(1).uniform(0, 0.5, (80, 90, 4)).astype(np.float32)
    image[:10, :20] = np.nan
    found = CsMask()(look_of(image))
    assert np.isnan(found.cloud[:10, :20]).all()
    assert np.isfinite(found.cloud[10:]).all()


def test_a_missing_package_is_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    assert mask_model_named(None) is None
    assert mask_model_named("ukis-csmask") == CsMask()
    monkeypatch.setitem(sys.modules, "ukis_csmask.mask", None)
    with pytest.raises(SettingsError, match=r"install sitewatch\[masks\], or turn it off"):
        mask_model_named("ukis-csmask")
    with pytest.raises(SettingsError, match="must be 'ukis-csmask'"):
        mask_model_named("fmask")  # type: ignore[arg-type]


def test_s2cloudless_finds_the_cloud_in_ten_bands() -> None:
    pytest.importorskip("s2cloudless", reason="an extra of the yardsticks; sources have no L1C")
    bands = np.full((10, 60, 80), 0.12, np.float32)
    bands[7] = 0.001  # B10 sees no ground
    bands[:, 20:40, 30:60] = np.array(
        [0.55, 0.5, 0.5, 0.52, 0.55, 0.56, 0.3, 0.03, 0.4, 0.3], np.float32
    )[:, None, None]
    found = s2cloudless_mask(bands)
    assert found.cloud[25:35, 35:55].min() > 0.6
    assert found.cloud[:10].max() < 0.4
    with pytest.raises(ValueError, match="needs the bands B01"):
        s2cloudless_mask(bands[:6])
