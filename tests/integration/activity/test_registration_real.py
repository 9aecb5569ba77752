"""Shifts planted into real looks are found again, to a tenth of a pixel."""

import numpy as np
import pytest
from scipy import ndimage

from assets.activity.align.registration import (
    BEFORE_PX,
    SHIFT_MAX_PX,
    LookFeatures,
    ZoneRegistration,
    features_of,
    find_shift,
    reference_of,
)
from assets.clouds.mask import CLEAR
from assets.clouds.months import load_mask
from assets.scenes.looks import LookReader
from resources.lake.questions.stage_reads import scenes_between, site_of
from resources.months import Month

pytestmark = [pytest.mark.shared, pytest.mark.xdist_group("romania")]

ROAD = "romania-road"
CLEAR_SHARE = 0.9
NO_PRIOR = 5.0  # pixels; far more than any look
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
def reference(looks: list[Pixels]) -> LookFeatures:
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


def found_in(reference: LookFeatures, look: Pixels, prior: float = BEFORE_PX) -> ZoneRegistration:
    return find_shift(reference, features_of(*look), prior)


def apart(
    reference: LookFeatures, look: Pixels, east: float, south: float, prior: float
) -> tuple[float, float]:
    """How far what is found lies from what was planted beside the look's own, and its error."""
    before = found_in(reference, moved(look, 0, 0), prior)
    after = found_in(reference, moved(look, east, south), prior)
    sizes = [np.hypot(one.shift.east_px, one.shift.south_px) for one in (before, after)]
    is_far = max(sizes) > SHIFT_MAX_PX - 1e-9  # together further than the mission allows
    if (is_far and prior == NO_PRIOR) or "unsure" in (before.state, after.state):
        return np.nan, np.nan
    off = np.hypot(
        after.shift.east_px - before.shift.east_px - east,
        after.shift.south_px - before.shift.south_px - south,
    )
    return float(off), float(np.hypot(before.error_px, after.error_px))


@pytest.mark.parametrize(("east", "south"), PLANTED)
def test_the_ground_alone_tells_a_planted_shift(
    looks: list[Pixels], reference: LookFeatures, east: float, south: float
) -> None:
    off = np.array([apart(reference, look, east, south, NO_PRIOR)[0] for look in looks[8:]])
    assert np.isfinite(off).sum() >= 8
    assert np.nanmedian(off) < 0.05
    assert np.nanquantile(off, 0.8) < 0.1


@pytest.mark.parametrize(("east", "south"), PLANTED)
def test_with_what_the_mission_states_it_is_told_within_its_error(
    looks: list[Pixels], reference: LookFeatures, east: float, south: float
) -> None:
    pairs = np.array([apart(reference, look, east, south, BEFORE_PX) for look in looks[8:]])
    off, error = pairs[np.isfinite(pairs[:, 0])].T
    assert len(off) >= 8
    assert (off < 2 * error).mean() > 0.9
    assert np.median(off) < 0.25 * np.hypot(east, south)


def test_looks_of_one_season_lie_within_what_the_mission_states(
    looks: list[Pixels], reference: LookFeatures
) -> None:
    shifts = [found_in(reference, look) for look in looks]
    lengths = [np.hypot(one.shift.east_px, one.shift.south_px) for one in shifts]
    assert max(lengths) <= SHIFT_MAX_PX
    assert {one.state for one in shifts} == {"registered"}
    assert np.median([one.error_px for one in shifts]) < 0.15


def test_a_look_in_negative_lies_where_it_lies(
    looks: list[Pixels], reference: LookFeatures
) -> None:
    for reflectance, clear in looks[8:14]:
        plain = found_in(reference, (reflectance, clear)).shift
        turned = found_in(reference, (np.float32(0.6) - reflectance, clear)).shift
        assert turned.east_px == pytest.approx(plain.east_px, abs=0.03)
        assert turned.south_px == pytest.approx(plain.south_px, abs=0.03)
