"""The simulated instrument: blur, shift, noise and stored numbers."""

import numpy as np
import pytest

from resources.instrument import MTF_AT_NYQUIST
from resources.models import REFLECTANCE_BANDS
from resources.simulated.scenery.instrument import (
    FINE_M,
    REFERENCE_REFLECTANCE,
    SIGNAL_TO_NOISE,
    noise_sigma,
    sample_pixels,
    to_dn,
    to_lattice,
)

SIZE = 40


def seen(fine: np.ndarray, pixel_m: int, shift_px: tuple[float, float] = (0.0, 0.0)) -> np.ndarray:
    pixels = round(fine.shape[0] * FINE_M / pixel_m)
    return sample_pixels(to_lattice(fine, pixel_m), shift_px, (pixels, pixels))


@pytest.mark.parametrize("pixel_m", [10, 20])
def test_stripes_at_the_nyquist_frequency_keep_the_stated_contrast(pixel_m: int) -> None:
    x = (np.arange(round(SIZE * pixel_m / FINE_M)) + 0.5) * FINE_M
    stripes = np.tile(np.cos(np.pi * (x / pixel_m - 0.5)), (len(x), 1))
    inner = seen(stripes, pixel_m)[8:-8, 8:-8]
    assert np.abs(inner).mean() == pytest.approx(MTF_AT_NYQUIST, abs=0.02)


@pytest.mark.parametrize("pixel_m", [10, 20])
def test_an_even_scene_keeps_its_brightness(pixel_m: int) -> None:
    fine = np.full((320, 320), 0.23)
    np.testing.assert_allclose(seen(fine, pixel_m, (0.3, -0.7)), 0.23, atol=1e-5)


@pytest.mark.parametrize("shift_px", [(0.0, 0.0), (0.3, 0.0), (0.0, -0.45), (1.2, -1.4)])
def test_content_moves_east_and_south_by_the_shift(shift_px: tuple[float, float]) -> None:
    y, x = np.mgrid[0:160, 0:160] + 0.5
    blob = np.exp(-((x - 80) ** 2 + (y - 80) ** 2) / (2 * 10.0**2))
    image = seen(blob, 10, shift_px).astype(float)
    rows, columns = np.mgrid[0:SIZE, 0:SIZE] + 0.5
    east = (image * columns).sum() / image.sum() - 20
    south = (image * rows).sum() / image.sum() - 20
    assert (east, south) == pytest.approx(shift_px, abs=0.01)


@pytest.mark.parametrize("number", range(len(REFLECTANCE_BANDS)))
def test_noise_at_the_reference_has_the_required_ratio(number: int) -> None:
    reference = np.full((2, 2), REFERENCE_REFLECTANCE[number], dtype=np.float32)
    sigma = noise_sigma(reference, REFLECTANCE_BANDS[number])
    np.testing.assert_allclose(reference / sigma, SIGNAL_TO_NOISE[number], rtol=1e-5)


def test_brighter_ground_is_noisier_and_dark_ground_not_silent() -> None:
    dark, bright = noise_sigma(np.array([[-0.01, 0.5]], dtype=np.float32), "red")[0]
    assert 0 < dark < bright


def test_stored_numbers_carry_the_offset_and_never_say_no_data() -> None:
    reflectance = np.array([[-0.2, -0.1, 0.0, 0.25, 1.0]], dtype=np.float32)
    assert to_dn(reflectance).tolist() == [[1, 1, 1000, 3500, 11000]]
