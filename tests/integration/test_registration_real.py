"""Shifts planted into real looks are found again, to a tenth of a pixel."""

import numpy as np
import pytest
from scipy import ndimage

from assets.activity.registration import (
    BEFORE_PX,
    SHIFT_MAX_PX,
    Features,
    Registration,
    features_of,
    find_shift,
    reference_of,
)
from assets.clouds.mask import CLEAR
from assets.clouds.months import load_mask
from assets.scenes.looks import LookReader
from resources.lake_reads import scenes_between, site_of
from resources.models import Month

pytestmark = [pytest.mark.shared, pytest.mark.xdist_group("romania")]

ROAD = "romania-road"
CLEAR_SHARE = 0.9
PLANTED = [(0.3, 0.0), (0.0, -0.4), (-0.5, 0.25), (0.45, 0.6), (-0.7, -0.3)]

Pixels = tuple[np.ndarray, np.ndarray]


@pytest.fixture(scope="module")
def looks(whole) -> list[Pixels]:
    """Clear looks of two summers: reflectance and where it is clear."""
    post, _ = whole
    archive, stored = post.resources["archive"].open(), site_of(post.lake, ROAD)
    reader = LookReader(archive, stored.grid)
    found = []
    for row in scenes_between(post.lake, ROAD, Month(2018, 4).start, Month(2019, 12).end):
        clear = load_mask(archive, ROAD, row["acquisition_id"]) == CLEAR
        reflectance = reader.look(row).reflectance
        seen = np.isfinite(reflectance[:4]).all(axis=0)
        if (clear & seen).sum() > CLEAR_SHARE * seen.sum():
            found.append((reflectance, clear & seen))
    return found


@pytest.fixture(scope="module")
def reference(looks: list[Pixels]) -> Features:
    """The median of the first of them."""
    made = reference_of([features_of(*look) for look in looks[:8]])
    assert made is not None
    return made


def moved(look: Pixels, east: float, south: float) -> Pixels:
    """The look with its content so far east and south; a pixel at the edges is lost."""
    reflectance, clear = look
    shifted = reflectance.copy()
    for band in range(4):
        filled = np.nan_to_num(reflectance[band], nan=float(np.nanmedian(reflectance[band])))
        shifted[band] = ndimage.shift(filled, (south, east), order=3, mode="nearest")
    return shifted, ndimage.binary_erosion(clear)


def found_in(reference: Features, look: Pixels) -> Registration:
    return find_shift(reference, features_of(*look), BEFORE_PX)


@pytest.mark.parametrize(("east", "south"), PLANTED)
def test_a_planted_shift_is_found_beside_that_of_the_look_itself(
    looks: list[Pixels], reference: Features, east: float, south: float
) -> None:
    apart = []
    for look in looks[8:]:
        before, after = (
            found_in(reference, moved(look, 0, 0)),
            found_in(reference, moved(look, east, south)),
        )
        if np.hypot(before.shift.east_px + east, before.shift.south_px + south) > SHIFT_MAX_PX:
            continue  # with its own, further than the mission allows
        assert after.state == "registered"
        apart.append(
            np.hypot(
                after.shift.east_px - before.shift.east_px - east,
                after.shift.south_px - before.shift.south_px - south,
            )
        )
    assert len(apart) >= 8
    assert np.median(apart) < 0.1
    assert np.mean(np.array(apart) < 0.2) > 0.9


def test_looks_of_one_season_lie_within_what_the_mission_states(
    looks: list[Pixels], reference: Features
) -> None:
    shifts = [found_in(reference, look) for look in looks]
    lengths = [np.hypot(one.shift.east_px, one.shift.south_px) for one in shifts]
    assert max(lengths) <= SHIFT_MAX_PX
    assert {one.state for one in shifts} == {"registered"}
    assert np.median([one.error_px for one in shifts]) < 0.15


def test_a_look_in_negative_lies_where_it_lies(looks: list[Pixels], reference: Features) -> None:
    for reflectance, clear in looks[8:14]:
        plain = found_in(reference, (reflectance, clear)).shift
        turned = found_in(reference, (np.float32(0.6) - reflectance, clear)).shift
        assert turned.east_px == pytest.approx(plain.east_px, abs=0.01)
        assert turned.south_px == pytest.approx(plain.south_px, abs=0.01)
