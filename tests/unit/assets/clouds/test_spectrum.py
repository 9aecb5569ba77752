"""Signs in the spectrum of one look."""

import numpy as np
import pytest

from assets.clouds.signs.spectrum import haze_optimised_transform, normalised_difference


def plane(*values: float) -> np.ndarray:
    return np.array([values], np.float32)


def test_a_normalised_difference_is_bounded_and_undefined_where_nothing_is() -> None:
    found = normalised_difference(plane(0.3, 0.0, 0.2, np.nan), plane(0.1, 0.0, 0.2, 0.1))
    assert found[0, 0] == pytest.approx(0.5)
    assert np.isnan(found[0, [1, 3]]).all()
    assert found[0, 2] == 0


@pytest.mark.parametrize(
    ("blue", "red", "nir", "expected"),
    [
        (0.30, 0.30, 0.32, 0.15),  # grey haze over soil
        (0.30, 0.10, 0.40, 0.0),  # as hazy, over leaves: no sign of an opaque cloud
        (0.02, 0.10, 0.40, -0.03),  # clear leaves stay what they are
        (np.nan, 0.10, 0.40, np.nan),
    ],
)
def test_leaves_are_no_sign_of_cloud(blue: float, red: float, nir: float, expected: float) -> None:
    found = haze_optimised_transform(plane(blue), plane(red), plane(nir))
    assert found[0, 0] == pytest.approx(expected, nan_ok=True)
